// Package all is the registry: the parsers of every mail server that is known.
//
// It is a package of its own because the parsers import package parser, which therefore cannot list them. To add a mail
// server, add its folder under parser/ and one line here.
package all

import (
	"bouncelog/parser"
	"bouncelog/parser/exim"
	"bouncelog/parser/opensmtpd"
	"bouncelog/parser/postfix"
	"bouncelog/parser/sendmail"
)

// Parsers returns one of each, in the order in which they are asked whether a line is theirs: those that go by
// program names before those that go by what lines say.
func Parsers() []parser.Parser {
	return []parser.Parser{
		postfix.New(),
		opensmtpd.New(),
		sendmail.New(),
		exim.New(),
	}
}

// Names returns the names of all mail servers, in the same order.
func Names() []string {
	var names []string
	for _, p := range Parsers() {
		names = append(names, p.MTA())
	}
	return names
}
