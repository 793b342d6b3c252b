"""HTTP beside the pages: routes call one use case each and turn refusals into answers."""
