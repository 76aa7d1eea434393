import sys

secret, guesses = int(open(sys.argv[1]).read()), int(sys.argv[4])
for _ in range(guesses):
    line = sys.stdin.readline()
    if not line.strip().isdigit() or int(line) > {{most}}:
        sys.exit(43)
    guess = int(line)
    print("right" if guess == secret else "higher" if guess < secret else "lower", flush=True)
    if guess == secret:
        sys.exit(42)
sys.exit(43)
