"""URL confs: `api` for partners, `office` for staff; a process serves one of them."""
