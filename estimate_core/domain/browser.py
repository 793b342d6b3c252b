"""What a browser is called in plain words, by the text in which it tells what it is."""

_BROWSERS = (
    # Most pretend to be others too, so the ones that pretend most stand first.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


def browser_words(told: str) -> str:
    """`Firefox on Windows` of what a browser tells in User-Agent; any text, which may be made up, gives words."""
    browser = next((words for sign, words in _BROWSERS if sign in told), "A browser")
    system = next((words for sign, words in _SYSTEMS if sign in told), "")
    return f"{browser} on {system}" if system else browser
