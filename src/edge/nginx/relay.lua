-- Plaintext streams for players that know nothing of several servers (docs/adr/0031-edge.md). A stream is fetched in whole pieces, each from
-- whichever server answers, and a piece goes out only once all of it is here: a server that dies is noticed by nobody.
--
-- Nothing is logged from here: NGINX adds the request line to what a request logs, and that has passwords in it. The variable
-- `clef_relay` tells the access log which servers sent pieces, and how often one was asked in vain.

local relay = {}

local settings

local MAX_HEADER_LINES = 100
local MAX_BODY_BYTES = 64 * 1024
local PASS_BYTES = 64 * 1024
local KEEP_MS = 30000
local POOL_SIZE = 256
local SEND_MS = 2000
local BODY_MS = 2000
-- The second time whoever is slow is waited for.
local OPEN_MS = { 1000, 10000 }
-- A live transcode may be silent for as long as ffmpeg thinks.
local PASS_MS = 60000
local PAUSE_S = 0.25
local MOST_PATIENCE = 16

-- RFC 9110 section 7.6.1, and what this relay says itself.
local HOP_BY_HOP = {
  ['connection'] = true, ['keep-alive'] = true, ['proxy-connection'] = true, ['proxy-authenticate'] = true,
  ['te'] = true, ['trailer'] = true, ['transfer-encoding'] = true, ['upgrade'] = true, ['expect'] = true,
  ['content-length'] = true,
}
local OURS = {
  ['host'] = true, ['accept-encoding'] = true, ['forwarded'] = true, ['x-forwarded-for'] = true, ['x-forwarded-host'] = true,
  ['x-forwarded-proto'] = true, ['x-forwarded-port'] = true, ['x-real-ip'] = true, ['x-request-id'] = true,
}

-- servers: { { name, host, port, draining } … }; piece_bytes, first_byte_ms, connect_ms, left_alone_s, give_up_s; base_path.
function relay.configure(given)
  settings = given
end

local function away_key(server)
  return 'away ' .. server.name
end

-- No worker of the edge asks it for some seconds, unless nobody else is left.
local function leave_alone(server)
  ngx.shared.clef_servers:set(away_key(server), true, settings.left_alone_s)
end

local function is_left_alone(server)
  return ngx.shared.clef_servers:get(away_key(server)) ~= nil
end

-- All servers, the best first: `preferred`, others by chance, draining ones, those that are left alone.
local function in_order(preferred)
  local ranked = {}
  for _, server in ipairs(settings.servers) do
    local rank = math.random()
    if server == preferred then rank = -1 end
    if server.draining and server ~= preferred then rank = rank + 1 end
    if is_left_alone(server) then rank = rank + 2 end
    ranked[#ranked + 1] = { server = server, rank = rank }
  end
  table.sort(ranked, function(one, other) return one.rank < other.rank end)
  return ranked
end

local function read_head(socket)
  local line, failure = socket:receive('*l')
  if not line then return nil, failure end
  local status = line:match('^HTTP/1%.1 (%d%d%d)')
  if not status then return nil, 'malformed' end
  local headers, lines = {}, {}
  for _ = 1, MAX_HEADER_LINES do
    line, failure = socket:receive('*l')
    if not line then return nil, failure end
    if line == '' then return { status = tonumber(status), headers = headers, lines = lines } end
    local name, value = line:match('^([^:%s]+):[ \t]*(.-)[ \t]*$')
    if not name then return nil, 'malformed' end
    local lower = name:lower()
    headers[lower] = value
    lines[#lines + 1] = { lower, name, value }
  end
  return nil, 'malformed'
end

-- One request to one server, as far as the end of the head. `is_sent` tells whether the server may have acted on it.
local function ask(server, text, first_byte_ms)
  while true do
    local socket = ngx.socket.tcp()
    socket:settimeouts(settings.connect_ms, SEND_MS, first_byte_ms)
    local pool = { pool_size = POOL_SIZE }
    local connected, failure = socket:connect(server.host, server.port, pool)
    if not connected then return nil, failure, false end
    local is_kept = (socket:getreusedtimes() or 0) > 0
    local answer
    local sent
    sent, failure = socket:send(text)
    if sent then answer, failure = read_head(socket) end
    if answer then
      answer.socket = socket
      return answer
    end
    socket:close()
    -- A connection that was kept may have been closed long ago, which says nothing of the server.
    if not is_kept or (failure ~= 'closed' and failure ~= 'broken pipe' and failure ~= 'connection reset by peer') then
      return nil, failure, true
    end
  end
end

local function keep(answer)
  if (answer.headers['connection'] or ''):lower() == 'close' then
    answer.socket:close()
  else
    answer.socket:setkeepalive(KEEP_MS, POOL_SIZE)
  end
end

local function join(method, target, headers, body)
  local lines = { method .. ' ' .. target .. ' HTTP/1.1' }
  for _, header in ipairs(headers) do lines[#lines + 1] = header[1] .. ': ' .. header[2] end
  return table.concat(lines, '\r\n') .. '\r\n\r\n' .. (body or '')
end

local function proxy_headers()
  local var = ngx.var
  return {
    { 'Host', var.http_host or var.host },
    { 'X-Forwarded-For', var.remote_addr },
    { 'X-Forwarded-Proto', var.clef_scheme },
    { 'X-Forwarded-Host', var.http_host or var.host },
    { 'X-Request-Id', var.request_id },
  }
end

-- What the player asked, as a server is to hear it. Nil where its body is too large for a form.
local function opening()
  local method = ngx.req.get_method()
  local headers = proxy_headers()
  for name, value in pairs(ngx.req.get_headers(MAX_HEADER_LINES)) do
    if not HOP_BY_HOP[name] and not OURS[name] and name:sub(1, 7) ~= 'x-clef-' then
      for _, one in ipairs(type(value) == 'table' and value or { value }) do
        if type(one) == 'string' then headers[#headers + 1] = { name, one } end
      end
    end
  end
  headers[#headers + 1] = { 'X-Clef-Edge', '1' }
  local body
  if method == 'POST' then
    ngx.req.read_body()
    body = ngx.req.get_body_data() or ''
    if ngx.req.get_body_file() or #body > MAX_BODY_BYTES then return nil end
    headers[#headers + 1] = { 'Content-Length', tostring(#body) }
  end
  return { method = method, text = join(method, ngx.var.request_uri, headers, body) }
end

local function is_passing(status)
  return status == 502 or status == 503 or status == 504
end

-- Asks one server after the other. What may have been done is not asked twice, but for reading.
local function open(request)
  local may_repeat = request.method ~= 'POST'
  local refusal
  for _, patience_ms in ipairs(may_repeat and OPEN_MS or { OPEN_MS[2] }) do
    for _, ranked in ipairs(in_order()) do
      local server = ranked.server
      local answer, _, is_sent = ask(server, request.text, patience_ms)
      if answer and not (may_repeat and is_passing(answer.status)) then
        if refusal then refusal.socket:close() end
        return answer, server
      end
      relay.note(server, false)
      if answer then
        -- Said on where nobody says more.
        if refusal then answer.socket:close() else refusal = answer end
      else
        leave_alone(server)
        if is_sent and not may_repeat then return refusal end
      end
    end
    if refusal then return refusal end
  end
end

local function range_of(answer)
  local first, last, length = (answer.headers['x-clef-send'] or ''):match('^(%d+)%-(%d+)/(%d+)$')
  first, last, length = tonumber(first), tonumber(last), tonumber(length)
  if not length or first > last or last >= length then return nil end
  return first, last, length
end

-- One piece from one server: all of it, or nothing.
local function fetch_from(server, stream, first, last, patience)
  local answer, failure = ask(server, stream.text(first, last), settings.first_byte_ms * patience)
  if not answer then return nil, failure end
  local headers = answer.headers
  local bytes = last - first + 1
  local is_right = answer.status == 206
    and headers['etag'] == stream.etag
    and headers['content-range'] == string.format('bytes %d-%d/%d', first, last, stream.length)
    and headers['content-length'] == tostring(bytes)
  if not is_right then
    answer.socket:close()
    return nil, answer.status == 401 and 'refused' or 'wrong'
  end
  answer.socket:settimeouts(settings.connect_ms, SEND_MS, BODY_MS)
  local data
  data, failure = answer.socket:receive(bytes)
  if not data then
    answer.socket:close()
    return nil, failure
  end
  keep(answer)
  return data
end

-- The keys that tickets are signed with may have been changed meanwhile.
local function renew(stream)
  local answer = open(stream.request)
  if not answer then return false end
  keep(answer)
  local _, _, length = range_of(answer)
  if answer.headers['etag'] ~= stream.etag or length ~= stream.length then return false end
  stream.ticket = answer.headers['x-clef-pieces']
  return stream.ticket ~= nil
end

local function fetch(stream, first, last)
  local given_up = ngx.now() + settings.give_up_s
  local has_renewed = false
  local patience = 1
  repeat
    for _, ranked in ipairs(in_order(stream.server)) do
      local server = ranked.server
      local data, failure = fetch_from(server, stream, first, last, patience)
      if failure == 'refused' and not has_renewed then
        has_renewed = true
        if renew(stream) then data, failure = fetch_from(server, stream, first, last, patience) end
      end
      relay.note(server, data ~= nil)
      if data then
        stream.server = server
        return data
      end
      if failure ~= 'refused' then leave_alone(server) end
    end
    -- Where all are slow, to ask anew helps nobody.
    patience = math.min(2 * patience, MOST_PATIENCE)
    ngx.sleep(PAUSE_S)
    ngx.update_time()
  until ngx.now() > given_up
  return nil
end

-- For the access log: servers that sent pieces, in their order, and how often one was asked in vain.
function relay.note(server, has_sent)
  local notes = ngx.ctx.clef
  if has_sent then
    if notes.last ~= server.name then notes.servers[#notes.servers + 1] = server.name end
    notes.last = server.name
  else
    notes.failures = notes.failures + 1
  end
end

local function write_notes()
  local notes = ngx.ctx.clef
  -- A stream that goes to and fro for hours makes no endless line.
  ngx.var.clef_relay = table.concat(notes.servers, '>', math.max(1, #notes.servers - 15)) .. ' ' .. notes.failures
end

-- A server has judged these; NGINX would do so again.
local CONDITIONS = { 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'If-Range', 'Range' }

local function send_head(answer, length)
  for _, name in ipairs(CONDITIONS) do ngx.req.clear_header(name) end
  ngx.status = answer.status
  local seen = {}
  for _, line in ipairs(answer.lines) do
    local lower, name, value = line[1], line[2], line[3]
    if not HOP_BY_HOP[lower] and lower:sub(1, 7) ~= 'x-clef-' and lower ~= 'date' and lower ~= 'server' then
      if seen[lower] then
        local before = ngx.header[name]
        ngx.header[name] = type(before) == 'table' and { unpack(before), value } or { before, value }
      else
        ngx.header[name] = value
      end
      seen[lower] = true
    end
  end
  if length then ngx.header['Content-Length'] = length end
  return ngx.send_headers()
end

local function put(data)
  return ngx.print(data) and ngx.flush(true)
end

-- Exactly so many bytes, as they come.
local function pass_bytes(socket, bytes)
  while bytes > 0 do
    local data = socket:receive(math.min(bytes, PASS_BYTES))
    if not data or not put(data) then return false end
    bytes = bytes - #data
  end
  return true
end

-- RFC 9112 section 7.1.
local function pass_chunks(socket)
  while true do
    local line = socket:receive('*l')
    local bytes = tonumber((line or ''):match('^(%x+)') or '', 16)
    if not bytes then return false end
    if bytes == 0 then break end
    if not pass_bytes(socket, bytes) or socket:receive(2) ~= '\r\n' then return false end
  end
  local line
  repeat line = socket:receive('*l') until not line or line == ''
  return line == ''
end

-- What is no asset: a document, a live transcode, a head alone.
local function pass_on(answer, method)
  local socket, headers, status = answer.socket, answer.headers, answer.status
  local length = tonumber(headers['content-length'])
  local has_body = method ~= 'HEAD' and status ~= 204 and status ~= 304
  send_head(answer, length)
  if not has_body then return keep(answer) end
  socket:settimeouts(settings.connect_ms, SEND_MS, PASS_MS)
  local is_whole
  if (headers['transfer-encoding'] or ''):lower() == 'chunked' then
    is_whole = pass_chunks(socket)
  else
    is_whole = length ~= nil and pass_bytes(socket, length)
  end
  if is_whole then return keep(answer) end
  socket:close()
  -- Cuts the connection, so that nobody takes a part for the whole.
  return ngx.exit(ngx.ERROR)
end

local function refuse(status)
  ngx.status = status
  ngx.header['Content-Type'] = 'text/plain'
  ngx.header['Cache-Control'] = 'no-store'
  if status == 503 then ngx.header['Retry-After'] = '1' end
  ngx.say(status == 413 and 'the form is too long' or 'no server answers just now')
end

local function send_pieces(answer, server, request)
  local first, last, length = range_of(answer)
  keep(answer)
  if not length then return refuse(503) end
  local fixed = proxy_headers()
  local stream = {
    request = request, server = server, length = length, etag = answer.headers['etag'], ticket = answer.headers['x-clef-pieces'],
  }
  stream.text = function(from, to)
    local headers = { unpack(fixed) }
    headers[#headers + 1] = { 'X-Clef-Pieces', stream.ticket }
    headers[#headers + 1] = { 'Range', string.format('bytes=%d-%d', from, to) }
    return join('GET', settings.base_path .. '/p/v1', headers)
  end
  -- Before the head: where nobody has the first piece, the player is told so.
  local piece_bytes = settings.piece_bytes
  local from = first
  while from <= last do
    local to = math.min(last, (math.floor(from / piece_bytes) + 1) * piece_bytes - 1)
    local data = fetch(stream, from, to)
    if not data and from == first then return refuse(503) end
    if from == first then send_head(answer, last - first + 1) end
    if not data then return ngx.exit(ngx.ERROR) end
    if not put(data) then return end
    from = to + 1
  end
end

function relay.serve()
  ngx.ctx.clef = { servers = {}, failures = 0 }
  local request = opening()
  if not request then return refuse(413) end
  local answer, server = open(request)
  if not answer then
    refuse(503)
  elseif answer.headers['x-clef-pieces'] then
    send_pieces(answer, server, request)
  else
    pass_on(answer, request.method)
  end
end

-- In the log phase, when whatever became of a stream is known.
function relay.log()
  if ngx.ctx.clef then write_notes() end
end

return relay
