<?php // expect: memory_limit, runtime_error
$kept = [];
while (true) $kept[] = str_repeat('x', 1000);
