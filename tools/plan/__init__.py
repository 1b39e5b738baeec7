"""The plan: from a brief to a document that can be edited, compared and exported."""
