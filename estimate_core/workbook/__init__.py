"""Workbooks in and out, from and to streams that are handed in; knows openpyxl and the domain, nothing else."""
