"""The command line: one module a command. Importing it needs the standard library alone, so that ``lab`` can parse."""
