-- One request by KEYS[1], of which ARGV[1] are let in during ARGV[2] microseconds. The key is a list of the
-- moments at which one was let in, oldest first, by the clock of this server.
-- Answer: 1 or 0 for let in or refused, how many remain, microseconds until one more is let in, now.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'list' and kind ~= 'none' then
  redis.call('DEL', KEYS[1]) -- not ours
end
local oldest
while true do
  local first = redis.call('LINDEX', KEYS[1], 0)
  oldest = first and tonumber(first)
  if not first or oldest and oldest > now - window and oldest <= now + window then
    break -- what is no number, or later than any clock set back, is not ours
  end
  redis.call('LPOP', KEYS[1])
end
local held = redis.call('LLEN', KEYS[1])
if held >= limit then
  -- The clock may have been set back: nobody waits longer than the window.
  return {0, 0, math.min(window, oldest + window - now), now}
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000) + 1)
return {1, limit - held - 1, (oldest or now) + window - now, now}
