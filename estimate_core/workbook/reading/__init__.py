"""From the bytes of a schedule to its cells, blocks and groups; knows nothing of what is made of them."""
