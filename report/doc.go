// Package report shows what the store knows to people and to machines.
//
// It exists so that every rendering says the same: figures of a window and of the windows to compare it with become one
// Model, and each rendering (terminal, plain text, Markdown, CSV, JSON, HTML, mail) is a pure function from that Model to
// bytes. The stories of `why` and the lists of `suppress` are made here in the same way.
//
// Logs are hostile: anybody on the internet writes into them. Whatever came from a log passes through clean.go (or
// html/template) before it is shown.
package report
