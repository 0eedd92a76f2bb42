package ingest

// Summary is what one run read, by the counting rules of docs/counting: a message or recipient counts when it is first met, an
// outcome when it is read, so that the sums over several runs equal those of one. It is the object that `ingest --format json` prints.
type Summary struct {
	Files          int            `json:"files"`
	Lines          int64          `json:"lines"`
	Bytes          int64          `json:"bytes"` // after decompression
	Foreign        int64          `json:"foreign"`
	Unrecognized   int64          `json:"unrecognized"`
	LongLines      int64          `json:"long_lines,omitempty"` // skipped: longer than 1 MiB
	Messages       int64          `json:"messages"`
	Recipients     int64          `json:"recipients"`
	Delivered      int64          `json:"delivered"`
	Deferrals      int64          `json:"deferrals"`
	Bounced        int64          `json:"bounced"`
	Expired        int64          `json:"expired"`
	Rejected       int64          `json:"rejected"`
	SessionRejects int64          `json:"session_rejects"`
	Discarded      int64          `json:"discarded"`
	DSNs           int64          `json:"dsns"`
	ByCategory     CategoryCounts `json:"by_category"`
	Seconds        float64        `json:"seconds"`
}

// CategoryCounts are recipients that bounced or expired, by category.
type CategoryCounts struct {
	Hard    int64 `json:"hard"`
	Soft    int64 `json:"soft"`
	Block   int64 `json:"block"`
	Content int64 `json:"content"`
}
