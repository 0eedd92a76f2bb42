package classify

import "strings"

// The marks that stand for what Template takes out. They are control characters, which no MTA writes into its log
// unescaped; one that does occur in a text is itself taken out.
const (
	markFirst   = 0x01
	markNumber  = 0x01
	markID      = 0x02
	markHost    = 0x03
	markIP      = 0x04
	markAddress = 0x05
	markControl = 0x06
	markLast    = 0x06
)

// marks gives the mark of each kind; 0 where nothing is taken out.
var marks = [...]byte{tokNumber: markNumber, tokID: markID, tokHost: markHost, tokIP: markIP, tokAddress: markAddress, tokControl: markControl, tokURLHost: 0}

// Template takes out of a reply what changes from one message to the next: numbers, ids, host names (but those of URLs
// and DNS blocklists), IP addresses and mail addresses. Replies that say the same get the same template, so that it
// is stored once. Fill makes the text again, byte for byte, whatever the text holds. Reply codes and enhanced codes stay.
func Template(text string) (template string, vars []string) {
	sc := scanner{s: text}
	var out strings.Builder
	done := 0
	for {
		start, end, kind, ok := sc.next()
		if !ok {
			break
		}
		mark := marks[kind]
		if mark == 0 || kind == tokHost && isListHost(text[start:end]) {
			continue
		}
		if vars == nil {
			out.Grow(len(text))
			vars = make([]string, 0, 8)
		}
		out.WriteString(text[done:start])
		out.WriteByte(mark)
		vars = append(vars, text[start:end])
		done = end
	}
	if vars == nil {
		return text, nil
	}
	out.WriteString(text[done:])
	return out.String(), vars
}

// Fill puts the variable parts back into a template that Template made. Parts that are missing leave their marks; those
// left over are ignored.
func Fill(template string, vars []string) string {
	if len(vars) == 0 {
		return template
	}
	size := len(template)
	for _, v := range vars {
		size += len(v)
	}
	var out strings.Builder
	out.Grow(size)
	n, done := 0, 0
	for i := 0; i < len(template) && n < len(vars); i++ {
		if c := template[i]; c >= markFirst && c <= markLast {
			out.WriteString(template[done:i])
			out.WriteString(vars[n])
			n++
			done = i + 1
		}
	}
	out.WriteString(template[done:])
	return out.String()
}

// ShowTemplate writes a template for people: the marks as words in angle brackets.
func ShowTemplate(template string) string {
	var out strings.Builder
	for i := 0; i < len(template); i++ {
		switch c := template[i]; c {
		case markNumber:
			out.WriteString("<n>")
		case markID:
			out.WriteString("<id>")
		case markHost:
			out.WriteString("<host>")
		case markIP:
			out.WriteString("<ip>")
		case markAddress:
			out.WriteString("<address>")
		case markControl:
			out.WriteString("<?>")
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// isListHost reports whether a host looks like the zone of a DNS blocklist, which a reader of templates wants to see.
func isListHost(host string) bool {
	for _, part := range [...]string{"rbl", "dnsbl", "spam", "bl.", "abuse", "barracuda", "sorbs", "uceprotect", "surbl", "uribl"} {
		if containsFold(host, part) {
			return true
		}
	}
	return false
}

// containsFold reports whether s contains sub, which is in lower case, without regard to the case of ASCII letters.
func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		k := 0
		for k < len(sub) && (s[i+k] == sub[k] || s[i+k]|0x20 == sub[k] && sub[k] >= 'a') {
			k++
		}
		if k == len(sub) {
			return true
		}
	}
	return false
}
