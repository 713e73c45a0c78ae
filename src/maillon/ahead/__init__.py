"""The chain mended ahead: leaked credentials, look-alike domains, the weakest link."""
