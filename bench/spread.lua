-- As post.lua, with the events spread evenly over so many destinations as the argument says: each
-- names its own, d0, d1, … in the body.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "post.lua")

local requests = {}
local sent = 0

function init(arguments)
  for number = 0, tonumber(arguments[1]) - 1 do
    local start = '{"to":"d' .. number .. '","data":"'
    local body = start .. string.rep("x", 1024 - #start - 2) .. '"}'
    requests[number] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  sent = sent + 1
  return requests[sent % (#requests + 1)]
end
