package main

import (
	"strconv"
	"time"
	"unicode/utf8"

	"bouncelog/classify"
	"bouncelog/trace"
)

// appendEvent appends an event as one JSON object and a line break. Fields that are not known are left out; docs/json.md lists them. It is written by
// hand because `events` prints hundreds of thousands a second.
func appendEvent(b []byte, e *trace.Event, zone *time.Location, file, ident string) []byte {
	m, a := e.Message, e.Attempt
	j := jsonObject{b: append(b, '{')}
	if a.Time != 0 {
		j.key("time")
		j.b = append(j.b, '"')
		j.b = time.Unix(0, a.Time).In(zone).AppendFormat(j.b, time.RFC3339Nano)
		j.b = append(j.b, '"')
	}
	j.str("host", m.Host)
	j.str("mta", m.MTA)
	j.str("queue_id", m.QueueID)
	j.str("message_id", m.MessageID)
	if m.SenderKnown {
		j.key("sender")
		j.b = appendString(j.b, m.Sender)
	}
	if e.Recipient != nil {
		j.str("recipient", e.Recipient.Address)
		j.str("orig_recipient", e.Recipient.Orig)
	}
	j.str("subject", m.Subject)
	j.num("size", m.Size)
	j.str("client_host", m.ClientHost)
	j.str("client_ip", m.ClientIP)
	j.str("auth_user", m.AuthUser)
	j.str("relay_host", a.RelayHost)
	j.str("relay_ip", a.RelayIP)
	j.num("relay_port", int64(a.RelayPort))
	if a.Delay >= 0 {
		j.key("delay")
		j.b = strconv.AppendFloat(j.b, a.Delay, 'f', -1, 64)
	}
	j.str("outcome", a.Outcome.String())
	j.num("attempt", int64(a.Try))
	j.flag("final", a.Final)
	j.str("reply", a.Reply)
	j.num("reply_code", int64(a.ReplyCode))
	j.str("enhanced_code", a.Enhanced)
	if v, ok := a.Verdict.(*classify.Verdict); ok && v != nil {
		j.str("category", string(v.Category))
		j.str("cause", v.Cause)
		j.str("rule", v.Rule)
		j.str("provider", v.Provider)
		j.str("blocklist", v.Blocklist)
	}
	j.flag("dsn", m.DSN != 0)
	j.str("parent_queue_id", m.ParentQueueID)
	if m.ParentQueueID == "" {
		j.str("parent_queue_id", m.PrevQueueID)
	}
	j.str("next_queue_id", a.Next)
	j.str("file", file)
	j.num("line", a.Line)
	j.str("log", ident)
	j.key("offset")
	j.b = strconv.AppendInt(j.b, a.Offset, 10)
	j.num("repeat", int64(a.Seq))
	return append(j.b, '}', '\n')
}

// jsonObject appends the members of one object.
type jsonObject struct {
	b   []byte
	any bool
}

func (j *jsonObject) key(name string) {
	if j.any {
		j.b = append(j.b, ',')
	}
	j.any = true
	j.b = append(j.b, '"')
	j.b = append(j.b, name...)
	j.b = append(j.b, '"', ':')
}

func (j *jsonObject) str(name, v string) {
	if v != "" {
		j.key(name)
		j.b = appendString(j.b, v)
	}
}

func (j *jsonObject) num(name string, v int64) {
	if v != 0 {
		j.key(name)
		j.b = strconv.AppendInt(j.b, v, 10)
	}
}

func (j *jsonObject) flag(name string, v bool) {
	if v {
		j.key(name)
		j.b = append(j.b, "true"...)
	}
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string (RFC 8259 section 7). Bytes that are no UTF-8 become U+FFFD; control characters, DEL, C1
// controls and the marks that turn the direction of text are escaped, since the line may end on a terminal.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			if c == '"' || c == '\\' {
				b = append(b, '\\')
			}
			b = append(b, c)
			i++
			continue
		}
		if c < utf8.RuneSelf {
			switch c {
			case '\n':
				b = append(b, '\\', 'n')
			case '\t':
				b = append(b, '\\', 't')
			case '\r':
				b = append(b, '\\', 'r')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, "\ufffd"...)
		case r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		case r >= 0xe0000 && r < 0xe0080: // tag characters, which show nothing
			b = append(b, '\\', 'u', 'd', 'b', '4', '0', '\\', 'u', 'd', 'c', hexDigits[r>>4&7], hexDigits[r&15])
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return append(b, '"')
}
