"""What mail providers and mail servers report about emails after they were handed over."""
