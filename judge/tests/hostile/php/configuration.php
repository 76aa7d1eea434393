<?php // expect: memory_limit, runtime_error
ini_set('memory_limit', '-1');
ini_set('max_execution_time', '0');
$text = 'x';
while (true) $text .= $text;
