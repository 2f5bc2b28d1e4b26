package server

import (
	"crypto/sha256"
	"encoding/hex"
)

func sha256Hex(p []byte) string {
	sum := sha256.Sum256(p)
	return hex.EncodeToString(sum[:])
}
