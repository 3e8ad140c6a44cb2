-- For wrk: GETs of one path by many people (a token a line of a file), all made beforehand.
-- wrk … -s get.lua URL -- PATH TOKENS; the last line of output is what was counted, as JSON.
local asked, requests = 0, {}

function init(args)
  for token in io.lines(args[2]) do
    requests[#requests + 1] = wrk.format("GET", args[1], { token = token, Accept = "application/json" })
  end
end

function request()
  asked = asked % #requests + 1
  return requests[asked]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"rate":%f,"done":%d,"bytes":%d,"errors":%d,"p50":%f,"p99":%f}\n',
    summary.requests / (summary.duration / 1e6), summary.requests, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
