package store

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"bouncelog/classify"
	"bouncelog/trace"
)

// key is one key of one dimension. dim and text never change once it is handed out, so a commit may read them while
// counting goes on; the rest belongs to the Aggregates that counts.
//
// It takes 64 bytes, a line of the processor's cache: there are more keys than that holds, and each recipient needs several.
type key struct {
	text  string
	reply atomic.Pointer[replyInfo] // of DimReply keys: the earliest that was counted

	// The cell that was counted last: nearly always the one that is wanted next. nil: nothing was counted since the last Reset.
	cell *cell
	hour slot

	dim      Dim
	lower    bool              // text is in lower case
	asked    bool              // for provider
	provider *classify.Verdict // see providers, of relays and domains

	// Of the writer alone: the id of text, and the writer's era in which it was given.
	id  int64
	era *int
}

// replyInfo is the example by which a reply template is shown.
type replyInfo struct {
	text    string
	verdict *classify.Verdict
	queueID string
	host    string
	first   int64 // when it was first seen
}

const (
	// Keys are cut there: whoever writes longer domains or user names into a log gets no more room than that.
	maxKey      = 255
	maxTemplate = 1000
	// maxKeys bounds the keys known at a time, all dimensions together (some 30 MB). Beyond it a store's keys are forgotten
	// and come anew, while without a store unknown keys count as otherKey.
	maxKeys = 200_000

	longText = 512 // of a key's texts each count as one more

	otherKey = "(other)"
)

// interner holds each key once, so that counting compares pointers and copies no text.
type interner struct {
	total  *key
	keys   keyTable
	last   [DimCount]*key // the last that was found: hosts, users and relays come in runs
	count  int            // of keys; one whose texts are long counts as several, so that this bounds their bytes too
	sealed bool           // unknown keys of dimensions without bound count as otherKey

	// Replies of one message are seen again with each of its events: the last are remembered with their templates, by the hash of the text.
	replies []repliedKey
}

type repliedKey struct {
	text string
	key  *key
}

const repliedSlots = 1 << 13

func newInterner() *interner {
	in := &interner{total: &key{dim: DimTotal}}
	in.forget()
	return in
}

// forget drops all keys. Those in use elsewhere stay valid: two keys with one text are added up where they are written.
func (in *interner) forget() {
	in.keys = newKeyTable()
	in.last = [DimCount]*key{}
	in.replies = nil
	in.count = 0
}

// get returns the key, or nil for an empty text, which counts nowhere.
func (in *interner) get(d Dim, text string) *key {
	if text == "" {
		return nil
	}
	if k := in.find(d, text); k != nil {
		return k
	}
	return in.insert(d, text, nil)
}

// folded is get of a name in lower case. Most are found as they stand.
func (in *interner) folded(d Dim, name string) *key {
	if k := in.find(d, name); k != nil && k.lower {
		return k
	}
	return in.get(d, lower(name))
}

// find returns nil where there is none.
func (in *interner) find(d Dim, text string) *key {
	if k := in.last[d]; k != nil && k.text == text {
		return k
	}
	k := in.keys.find(d, text)
	if k != nil {
		in.last[d] = k
	}
	return k
}

// insert makes a key that is not known, or returns the one that stands for all such.
func (in *interner) insert(d Dim, text string, reply *replyInfo) *key {
	if len(text) > maxKey && d != DimReply {
		return in.get(d, text[:maxKey])
	}
	if in.sealed && !small(d) && text != otherKey {
		return in.get(d, otherKey)
	}
	// A copy: the text may be a part of something longer.
	k := &key{dim: d, text: strings.Clone(text), lower: lower(text) == text}
	in.keys.add(k)
	in.count++
	if reply != nil {
		k.reply.Store(reply)
		in.count += (len(k.text) + len(reply.text)) / longText
	}
	return k
}

func newReplyInfo(m *trace.Message, a *trace.Attempt) *replyInfo {
	return &replyInfo{text: a.Reply, verdict: verdictOf(a), queueID: m.QueueID, host: m.Host, first: a.Time}
}

// exemplify shows the reply by this attempt if it is the earliest: what waits in the queue is counted after what came later.
func (k *key) exemplify(m *trace.Message, a *trace.Attempt) {
	if r := k.reply.Load(); r != nil && a.Time < r.first {
		k.reply.Store(newReplyInfo(m, a))
	}
}

// small are the dimensions with few keys whatever is in the log.
func small(d Dim) bool {
	switch d {
	case DimTotal, DimCategory, DimCause, DimProvider, DimHost, DimRejected:
		return true
	}
	return false
}

// domain is the key of an address's domain.
func (in *interner) domain(d Dim, address string) *key {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return nil
	}
	return in.folded(d, address[i+1:])
}

// reply is the key of a failed attempt's reply template.
func (in *interner) reply(m *trace.Message, a *trace.Attempt) *key {
	if a.Reply == "" {
		return nil
	}
	if in.replies == nil {
		in.replies = make([]repliedKey, repliedSlots)
	}
	known := &in.replies[maphash.String(in.keys.seed, a.Reply)%repliedSlots]
	if known.key != nil && known.text == a.Reply {
		known.key.exemplify(m, a)
		return known.key
	}
	template, _ := templateOf(a.Reply)
	if len(template) > maxTemplate {
		template = template[:maxTemplate]
	}
	k := in.find(DimReply, template)
	if k == nil {
		k = in.insert(DimReply, template, newReplyInfo(m, a))
	} else {
		k.exemplify(m, a)
	}
	if len(a.Reply) <= maxTemplate {
		*known = repliedKey{a.Reply, k}
	}
	return k
}
