package classify

import "strings"

// keeper decides which variable parts of a reply a rule may depend on. Those stay in the key under which a verdict is
// cached; the others are blanked, as in a template. Without it the cache would give "550 5.7.1 blocked (S3140)" the verdict of
// "(S3150)".
type keeper struct {
	whole  map[string]bool // numbers and IP addresses in literals
	pieces *literalSet     // pieces of literals that may lie inside ids, hosts and addresses
}

// newKeeper looks through all literals.
func newKeeper(literals []string, flags []literalFlags) *keeper {
	k := &keeper{whole: map[string]bool{}, pieces: newLiteralSet()}
	for i, lit := range literals {
		if flags[i]&single != 0 && len(lit) >= minPiece {
			k.pieces.add(lit)
		}
		for _, piece := range strings.FieldsFunc(lit, func(r rune) bool { return r < 0x80 && !wordBytes[r] }) {
			if len(piece) >= minPiece && strings.ContainsAny(piece, ".@0123456789") {
				k.pieces.add(piece)
			}
		}
		for _, sp := range findSpans(nil, lit) {
			part := lit[sp.start:sp.end]
			if sp.kind == tokNumber || sp.kind == tokIP {
				k.whole[part] = true
			} else if len(part) >= minPiece {
				k.pieces.add(part)
			}
		}
	}
	k.pieces.build()
	return k
}

// keeps reports whether a rule may depend on this part of a reply.
func (k *keeper) keeps(part string, kind tokenKind) bool {
	switch kind {
	case tokNumber, tokIP:
		return k.whole[part]
	case tokControl:
		return false
	}
	var low [128]byte
	if len(part) > len(low) {
		return true
	}
	for i := 0; i < len(part); i++ {
		c := part[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		} else if c >= 0x80 {
			return true // folding may change its length; such parts are rare
		}
		low[i] = c
	}
	kept := false
	k.pieces.findBytes(low[:len(part)], func(id int32) bool {
		f := k.pieces.flags[id]
		kept = kind == tokID || kind == tokAddress && f&hasAt != 0 || (kind == tokHost || kind == tokURLHost) && f&hasDot != 0
		return !kept
	})
	return kept
}

// appendKey appends the text with all that no rule depends on blanked.
func (k *keeper) appendKey(dst []byte, text string) []byte {
	sc := scanner{s: text}
	done := 0
	for {
		start, end, kind, ok := sc.next()
		if !ok {
			return append(dst, text[done:]...)
		}
		if marks[kind] == 0 || k.keeps(text[start:end], kind) {
			continue
		}
		dst = append(dst, text[done:start]...)
		dst = append(dst, marks[kind])
		done = end
	}
}
