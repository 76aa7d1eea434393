# expect: wrong_answer
import sys
sys.stdout.buffer.write('contained\ud800'.encode('utf-8', 'surrogatepass'))
