"""The archive that installs without a network: making it, and what it does where it was unpacked."""
