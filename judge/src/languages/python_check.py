"""Checks the syntax of main.py without running it."""
import sys

with open("main.py", "rb") as file:
    source = file.read()
try:
    compile(source, "main.py", "exec", dont_inherit=True)
except Exception as problem:
    import traceback

    sys.stderr.write("".join(traceback.format_exception_only(problem)))
    sys.exit(1)
