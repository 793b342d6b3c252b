"""The documentation as a page: plain HTML made from the OpenAPI document, without a script and without other hosts."""

import json
import re
import shlex
from collections.abc import Iterable
from html import escape
from typing import Any

from estimate_core.web.examples import Examples
from estimate_core.web.policy import policy_of
from estimate_core.web.reading import JSON, KEY

Schema = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --accent: #1f6f5c; }
@media (prefers-color-scheme: dark) { :root { --accent: #6fc7b0; } }
body { font: 15px/1.5 system-ui, "Segoe UI", sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
a { color: var(--accent); } code, pre { font: 13px/1.45 ui-monospace, Consolas, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .6rem; overflow-x: auto; }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; width: 9rem; } td:nth-child(2) { width: 17rem; }
h2 code { font-size: 15px; } .soft { opacity: .7; } .method { color: var(--accent); font-weight: 700; }
nav ul { list-style: none; padding: 0; } p { margin: .4rem 0; }
@media (max-width: 40rem) {
  tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
  td, td:first-child, td:nth-child(2) { display: block; width: auto; border: 0; padding: 0; }
}
"""


POLICY = policy_of(_STYLE) | {"Referrer-Policy": "no-referrer"}
"""Headers of the page: nothing but its own style may load or run."""


_TOKEN = "Authorization: Bearer ed_..."
"""Where a token of one's own is to be put."""


def page_of(document: Schema, examples: Examples) -> str:
    """The whole page."""
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Estimate Desk: the API</title><style>{_STYLE}</style></head><body>",
            f"<h1>Estimate Desk: the API</h1><p>{_text(document['info']['description'])}</p>",
            '<p>For programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
            _contents(operations),
            *(_section(method, path, operation, examples) for method, path, operation in operations),
            *(_shape(name, schema) for name, schema in document["components"]["schemas"].items()),
            "</body></html>",
        )
    )


def _contents(operations: Iterable[tuple[str, str, Schema]]) -> str:
    entries = (
        f'<li><a href="#{operation["operationId"]}"><code>{method.upper()} {escape(path)}</code></a> '
        f"{_text(operation['summary'])}</li>"
        for method, path, operation in operations
    )
    return f"<nav><ul>{''.join(entries)}</ul></nav>"


def _section(method: str, path: str, operation: Schema, examples: Examples) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    return "".join(
        (
            f'<section id="{operation["operationId"]}">',
            f'<h2><code><span class="method">{method.upper()}</span> {escape(path)}</code></h2>',
            f"<p>{_text(operation['summary'])}. {_text(operation['description'])}</p>",
            _parameters(operation["parameters"]),
            f"<h3>Body</h3><p>{_type(body)}, as JSON.</p>" if body else "",
            _answers(operation["responses"]),
            _example(method, path, examples, body is not None),
            "</section>",
        )
    )


def _parameters(parameters: list[Schema]) -> str:
    if not parameters:
        return ""
    rows = (
        (f"<code>{one['name']}</code>", f"{_type(one['schema'])}, in the {one['in']}", _text(one["description"]))
        for one in parameters
    )
    return "<h3>Parameters</h3>" + _table(rows)


def _answers(responses: Schema) -> str:
    rows = (
        (status, _text(response["description"]), _content(response.get("content", {})))
        for status, response in responses.items()
    )
    return "<h3>Answers</h3>" + _table(rows)


def _content(content: Schema) -> str:
    kinds = (_type(kind["schema"]) if name == JSON else f"<code>{name}</code>" for name, kind in content.items())
    return "<br>".join(kinds)


def _example(method: str, path: str, examples: Examples, with_body: bool) -> str:
    url = examples.address + re.sub(r"{(\w+)}", lambda found: examples.ids[found[1]], path)
    token = f"-H {shlex.quote(_TOKEN)} " if examples.with_token else ""
    if method == "get":
        saving = "-OJ " if path.endswith(("/download", ".csv")) else ""
        return f"<h3>Example</h3><pre>curl {token}{saving}{escape(shlex.quote(url))}</pre>"
    if not with_body:
        return f"<h3>Example</h3><pre>curl {token}-X POST {escape(shlex.quote(url))}</pre>"
    text = json.dumps(examples.new_job, ensure_ascii=False)
    headers = f"{token}-H 'Content-Type: {JSON}' -H '{KEY}: example-1'"
    shell = f"curl {shlex.quote(url)} {headers} \\\n  -d {shlex.quote(text)}"
    name, _, value = _TOKEN.partition(": ")
    more = f"; '{name}' = {_power_quoted(value)}" if examples.with_token else ""
    power = (
        f"Invoke-RestMethod -Method Post -Uri {_power_quoted(url)} -ContentType '{JSON}; charset=utf-8' `\n"
        f"  -Headers @{{'{KEY}' = 'example-1'{more}}} -Body {_power_quoted(text)}"
    )
    return f"<h3>Example</h3><pre>{escape(shell)}</pre><p>In PowerShell:</p><pre>{escape(power)}</pre>"


def _power_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _shape(name: str, schema: Schema) -> str:
    """A model: its fields, or the words that it may be."""
    if "enum" in schema:
        body = f"<p>One of {_words(schema['enum'])}.</p>"
    else:
        required = schema.get("required", ()) if schema.get("additionalProperties") is False else ()
        rows = (
            (f"<code>{field}</code>", _type(one) + _need(field in required, one), _text(one.get("description", "")))
            for field, one in schema.get("properties", {}).items()
        )
        body = _table(rows)
    return f'<section id="{name}"><h2>{name}</h2><p>{_text(schema.get("description", ""))}</p>{body}</section>'


def _need(required: bool, schema: Schema) -> str:
    """Whether a field that is sent must be there, else what it is where it is left out."""
    default = schema.get("default")
    if required:
        return ', <span class="soft">needed</span>'
    if default is None or not isinstance(default, str | bool | int) or default == "":
        return ""
    return f', <span class="soft">else <code>{escape(json.dumps(default))}</code></span>'


def _type(schema: Schema) -> str:
    """What a value may be, in a few words, with links to the shapes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    if "enum" in schema:
        return f"one of {_words(schema['enum'])}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    kind = str(schema.get("format") or schema.get("type"))
    return escape(_TYPES.get(kind, kind))


_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "date-time": "time",
    "binary": "file",
}


def _words(values: Iterable[object]) -> str:
    return ", ".join(f"<code>{escape(str(value))}</code>" for value in values)


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    made = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table>{made}</table></div>'


def _text(text: str) -> str:
    """Escaped text, with what stands between backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
