# expect: runtime_error
use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
connect($s, pack_sockaddr_in(80, inet_aton('169.254.169.254'))) or die;
print 'out';
