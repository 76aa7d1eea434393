-- expect: memory_limit, runtime_error, time_limit
local kept = {}
while true do kept[#kept + 1] = ('x'):rep(1000) .. #kept end
