"""From a schedule to the workbook of an estimate: the mould is cut once, each workbook is poured from it."""
