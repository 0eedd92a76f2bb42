package trace

// interner keeps one copy of strings that repeat: hosts, relays, senders. It forgets everything when it is
// full, so that a stranger's inventions cannot fill the memory.
type interner struct{ m map[string]string }

func (in *interner) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := in.m[string(b)]; ok {
		return s
	}
	if in.m == nil || len(in.m) >= maxStrings {
		in.m = make(map[string]string, 1024)
	}
	s := string(b)
	in.m[s] = s
	return s
}
