"""What `make up` shows when everything serves: where, and with which credentials."""

from b2b.supervisor.logs import coloured, write
from b2b.supervisor.state import Copy, read_json


def show_banner(copy: Copy, *, seconds: float) -> None:
    demo = read_json(copy.var / "demo.json")
    staff = demo.get("staff", {})
    rows = [
        ("API", copy.url("api")),
        ("Documentation", f"{copy.url('api')}/docs/"),
        ("Stream", copy.stream_url),
        ("  as it happens", f"{copy.url('stream')}/docs/live"),
        ("Back office", f"{copy.url('office')}/admin/"),
        *(
            [
                ("  user", staff["username"]),
                ("  password", staff["password"]),
                ("  authenticator", staff["totpSecret"]),
            ]
            if staff
            else []
        ),
        *([("Client id", demo["clientId"]), ("Client secret", demo["clientSecret"])] if demo else []),
        ("Files", str(copy.var)),
    ]
    width = max(len(label) for label, _ in rows) + 2
    lines = [f"  {label:<{width}}{value}" for label, value in rows]
    rule = "─" * max(64, *(len(line) + 2 for line in lines))
    title = f"  Everything runs ({seconds:.1f} s). Ctrl-C stops it."
    bold, plain = ("\x1b[1m", "\x1b[0m") if coloured() else ("", "")
    write("\n".join(["", rule, f"{bold}{title}{plain}", "", *lines, rule, ""]))
