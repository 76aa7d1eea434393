<?php // expect: accepted
$stolen = @shell_exec('cat /etc/passwd 2>/dev/null') . @file_get_contents('php://filter/resource=/etc/passwd')
    . @file_get_contents('http://169.254.169.254/latest/meta-data/') . @file_get_contents('/proc/1/environ');
echo $stolen === '' ? 'contained' : 'out';
