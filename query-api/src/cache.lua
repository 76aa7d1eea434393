-- Part of a board and the checkpoint it stands at, in one step.
--
-- KEYS: the board (member = learner id, score), the checkpoint (a hash)
-- ARGV: 'first', count | 'after', count, member, score | 'around', radius, member | 'of', number of members, members
-- Answers {checkpoint's fields and values, members and scores, how many scores are greater than the best one here,
-- how many are at least that, how many there are on the board, and for 'of' how many are greater than each}. Scores stay text all the way: Lua's number formatting would lose digits.
--
-- A board's order is falling score, then rising member. ZRANGE REV lists ties by falling member, so a tie that a LIMIT
-- cuts is fetched again from its right end. The order within the answer does not matter.
local board = KEYS[1]
local found = {}

local function add(list, keep)
  for i = 1, #list, 2 do
    if not keep or list[i + 1] == keep then
      found[#found + 1] = list[i]
      found[#found + 1] = list[i + 1]
    end
  end
end

-- Up to `count` members beyond `from` ('(score' or '+inf'), nearest first; `to` is the far end.
local function beyond(from, to, count)
  if count <= 0 then return end
  local falling = to == '-inf'
  local list
  if falling then
    list = redis.call('ZRANGE', board, from, to, 'BYSCORE', 'REV', 'LIMIT', 0, count, 'WITHSCORES')
  else
    list = redis.call('ZRANGE', board, from, to, 'BYSCORE', 'LIMIT', 0, count, 'WITHSCORES')
  end
  if #list < 2 * count then return add(list) end
  local last = list[#list]
  while #list > 0 and list[#list] == last do
    list[#list] = nil
    list[#list] = nil
  end
  add(list)
  local rest = count - #list / 2
  if falling then
    add(redis.call('ZRANGE', board, last, last, 'BYSCORE', 'LIMIT', 0, rest, 'WITHSCORES'))
  else
    add(redis.call('ZRANGE', board, last, last, 'BYSCORE', 'REV', 'LIMIT', 0, rest, 'WITHSCORES'))
  end
end

local function after(member, score, count)
  local before = #found
  if redis.call('ZSCORE', board, member) == score then
    local rank = redis.call('ZRANK', board, member)
    add(redis.call('ZRANGE', board, rank + 1, rank + count, 'WITHSCORES'), score)
  else
    -- The member has moved on since the cursor was made: look through all that share its old score.
    local ties = redis.call('ZRANGE', board, score, score, 'BYSCORE')
    for _, tie in ipairs(ties) do
      if tie > member and #found - before < 2 * count then add({ tie, score }) end
    end
  end
  beyond('(' .. score, '-inf', count - (#found - before) / 2)
end

local function before(member, score, count)
  local start = #found
  local rank = redis.call('ZRANK', board, member)
  if rank > 0 and count > 0 then
    add(redis.call('ZRANGE', board, math.max(0, rank - count), rank - 1, 'WITHSCORES'), score)
  end
  beyond('(' .. score, '+inf', count - (#found - start) / 2)
end

local count = tonumber(ARGV[2])
local each = {}
if ARGV[1] == 'of' then
  for i = 3, 2 + count do
    local score = redis.call('ZSCORE', board, ARGV[i])
    if score then
      add({ ARGV[i], score })
      each[#each + 1] = redis.call('ZCOUNT', board, '(' .. score, '+inf')
    end
  end
  return { redis.call('HGETALL', KEYS[2]), found, 0, 0, redis.call('ZCARD', board), each }
elseif ARGV[1] == 'first' then
  beyond('+inf', '-inf', count)
elseif ARGV[1] == 'after' then
  after(ARGV[3], ARGV[4], count)
else
  local score = redis.call('ZSCORE', board, ARGV[3])
  if score then
    add({ ARGV[3], score })
    before(ARGV[3], score, count)
    after(ARGV[3], score, count)
  end
end

local best = found[2]
for i = 4, #found, 2 do
  if tonumber(found[i]) > tonumber(best) then best = found[i] end
end
local greater, at_least = 0, 0
if best then
  greater = redis.call('ZCOUNT', board, '(' .. best, '+inf')
  at_least = redis.call('ZCOUNT', board, best, '+inf')
end
return { redis.call('HGETALL', KEYS[2]), found, greater, at_least, redis.call('ZCARD', board), each }
