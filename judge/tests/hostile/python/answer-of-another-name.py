# An answer that looks right: another alphabet's letters.
# expect: wrong_answer
print('c\u043entained')
