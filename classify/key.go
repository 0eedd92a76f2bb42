package classify

import "strings"

// keeper decides what of a reply's variable parts a rule may depend on. That stays in the key under which a verdict is
// cached; the rest is blanked, as in a template. Without it the cache would give "550 5.7.1 blocked (S3140)" the verdict of
// "(S3150)".
type keeper struct {
	whole  map[string]bool // numbers and IP addresses in literals
	pieces *literalSet     // pieces of literals that may lie inside ids, hosts and addresses
}

// newKeeper looks through all literals.
func newKeeper(literals []string, flags []literalFlags) *keeper {
	k := &keeper{whole: map[string]bool{}, pieces: newLiteralSet()}
	for i, lit := range literals {
		if flags[i]&single != 0 { // an id may hold it
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

// appendPart appends a variable part of a reply: what a rule may depend on as it is, of the rest only the kind.
func (k *keeper) appendPart(dst []byte, part string, kind tokenKind) []byte {
	switch kind {
	case tokNumber, tokIP:
		if k.whole[part] {
			return append(dst, part...)
		}
		return append(dst, marks[kind])
	case tokControl:
		return append(dst, marks[kind])
	}
	var low [128]byte
	if len(part) > len(low) {
		return append(dst, part...)
	}
	for i := 0; i < len(part); i++ {
		c := part[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		} else if c >= 0x80 {
			return append(dst, part...) // folding may change its length; such parts are rare
		}
		low[i] = c
	}
	var keep [len(low)]bool // bytes
	k.pieces.findBytes(low[:len(part)], func(id int32, start, end int) {
		f := k.pieces.flags[id]
		if kind == tokID || kind == tokAddress && f&hasAt != 0 || kind == tokHost && f&hasDot != 0 {
			for i := start; i < end; i++ {
				keep[i] = true
			}
		}
	})
	for i := 0; i < len(part); i++ {
		if keep[i] {
			dst = append(dst, part[i])
		} else if i == 0 || keep[i-1] {
			dst = append(dst, marks[kind])
		}
	}
	return dst
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
		if marks[kind] == 0 {
			continue
		}
		dst = append(dst, text[done:start]...)
		dst = k.appendPart(dst, text[start:end], kind)
		done = end
	}
}
