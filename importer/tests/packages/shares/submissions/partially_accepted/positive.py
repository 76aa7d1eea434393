import sys
print(sum(abs(int(word)) for word in sys.stdin.read().split()[1:]))
