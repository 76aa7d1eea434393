# expect: accepted
import socket
reached = []
for host in ('169.254.169.254', '127.0.0.1', '10.96.0.1', 'localhost', 'kubernetes.default.svc', '::1', 'fd00:ec2::254'):
    for port in (80, 443, 4222, 5432, 6379, 8084):
        try:
            socket.create_connection((host, port), 0.2)
            reached.append((host, port))
        except OSError:
            pass
print(reached or 'contained')
