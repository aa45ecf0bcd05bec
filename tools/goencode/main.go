// Encodes signed events again, as agents do before they verify, and fails when a byte changes.
// Lines on standard input; nothing but Go's own library is needed.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type envelope[P any] struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Scope     string    `json:"scope"`
	KeyID     string    `json:"key_id"`
	IssuedAt  time.Time `json:"issued_at"`
	Payload   P         `json:"payload"`
	Signature string    `json:"signature,omitempty"`
}

// again returns the line with its signature and without, as encoded by Go.
func again[P any](line []byte) ([]byte, []byte, error) {
	var event envelope[P]
	if err := json.Unmarshal(line, &event); err != nil {
		return nil, nil, err
	}
	whole, err := json.Marshal(event)
	if err != nil {
		return nil, nil, err
	}
	event.Signature = ""
	signed, err := json.Marshal(event)
	return whole, signed, err
}

func check(line []byte) error {
	at := bytes.LastIndex(line, []byte(`,"signature":"`))
	if at < 0 {
		return fmt.Errorf("no signature")
	}
	canonical := append(append([]byte{}, line[:at]...), '}')
	for name, encode := range map[string]func([]byte) ([]byte, []byte, error){
		"payload as it came":     again[json.RawMessage],
		"payload taken apart":    again[map[string]any],
		"payload as any value":   again[any],
		"payload by its members": again[map[string]json.RawMessage],
	} {
		whole, signed, err := encode(line)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !bytes.Equal(whole, line) {
			return fmt.Errorf("%s: the line became %s", name, whole)
		}
		if !bytes.Equal(signed, canonical) {
			return fmt.Errorf("%s: what is signed became %s", name, signed)
		}
	}
	return nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin) // with the buffer of 64 KiB that agents have
	count := 0
	for lines.Scan() {
		count++
		if err := check(lines.Bytes()); err != nil {
			fmt.Fprintf(os.Stderr, "line %d: %v\n", count, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "after line %d: %v\n", count, err)
		os.Exit(1)
	}
	fmt.Printf("%d lines stay as they are\n", count)
}
