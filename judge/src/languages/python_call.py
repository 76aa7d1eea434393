"""Loads main.py, evaluates the expression given on standard input, and hands over what it printed and its value.

Everything needed after the submission was loaded is bound before. A submission can still reach all of it, for there are
no secrets in one Python process; but nothing here knows what is expected, and the comparison happens outside.
"""
import os
import sys


def main(printed=3, value=4, dup2=os.dup2, write=os.write, leave=os._exit, literal=repr, evaluate=eval):
    with open(0, "rb", closefd=False) as file:
        expression = compile(file.read(), "<test>", "eval", dont_inherit=True)
    solution = type(sys)("solution")
    sys.modules["solution"] = solution
    with open("main.py", "rb") as file:
        code = compile(file.read(), "main.py", "exec", dont_inherit=True)
    exec(code, solution.__dict__)

    # What was printed while loading is no answer.
    sys.stdout.flush()
    dup2(printed, 1)
    result = evaluate(expression, solution.__dict__)
    sys.stdout.flush()
    answer = b"=" + literal(result).encode("utf-8", "surrogatepass")
    while answer:
        answer = answer[write(value, answer) :]
    # Threads and exit handlers have no part in the answer.
    leave(0)


main()
