"""Mail as bytes, taken apart: headers, parts, text for the index, and a document for the reader."""
