#!/usr/bin/env python3
"""The judge: do two mailboxes hold the same mail? Python's standard library only; shares no code with Posthorse.

  compare.py SOURCE DESTINATION [--map 'Sent Messages=Sent']... [--json FILE]
  compare.py SOURCE --snapshot FILE             writes a full digest of the source
  compare.py SOURCE [DESTINATION] --source-untouched FILE    the source is still what the digest says

A side is HOST:PORT:USER:PASSWORD; --tls (with --ca FILE) speaks TLS from the first octet to both.
Folders are paired by their path: the personal namespace's prefix is dropped, the delimiter is the server's,
INBOX is the inbox in any case. --map and --exclude take names as the server spells them (in Unicode, with or without
the prefix) and include the children. Both sides are read by EXAMINE and BODY.PEEK[] only.

Messages are paired inside a folder by the SHA-256 of their octets, as a multiset; k twins must be k messages.
What remains is `changed` when Message-ID (else Subject, Date and From) agree, else `missing`; what remains at the
destination is `duplicate` when the source folder has such a message, else `extra`. Of pairs, flags, keywords (without
case) and INTERNALDATE (as an instant) are compared, then their order.

Prints one line of JSON (totals) and, on standard error, what differs. Exit status: 0 equal, 1 different, 2 no verdict.
"""
import argparse
import base64
import bisect
import calendar
import collections
import hashlib
import json
import re
import socket
import ssl
import sys
import threading

SYSTEM = {"\\answered", "\\deleted", "\\draft", "\\flagged", "\\seen"}
FAULTS = ("missing", "extra", "duplicate", "changed", "flags_differ", "keywords_differ", "dates_differ", "order_differ",
          "folders_missing", "subscriptions_missing", "quarantined_present", "source_touched")
MONTHS = {name: number + 1 for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split())}
BATCH, BATCH_OCTETS = 500, 16_000_000


class Trouble(Exception):
    """No verdict is possible."""


# --- the wire -----------------------------------------------------------------------------------------------------

class Connection:
    def __init__(self, side, tls, ca):
        try:
            host, port, self.user, password = side.split(":", 3)
        except ValueError:
            raise Trouble("a side is HOST:PORT:USER:PASSWORD") from None
        sock = socket.create_connection((host, int(port)), 60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            sock = ssl.create_default_context(cafile=ca).wrap_socket(sock, server_hostname=host)
        self.sock, self.file, self.tag = sock, sock.makefile("rb", 1 << 18), 0
        self.response()
        self.command(b"LOGIN %s %s" % (quote(self.user), quote(password)))

    def send(self, command):
        self.tag += 1
        tag = b"j%d" % self.tag
        self.sock.sendall(tag + b" " + command + b"\r\n")
        return tag

    def command(self, command):
        """The untagged responses; each is a list of pieces: line, literal, line, …"""
        tag, out = self.send(command), []
        while True:
            pieces = self.response()
            if pieces[0].startswith(tag + b" "):
                if not pieces[0][len(tag) + 1:].upper().startswith(b"OK"):
                    raise Trouble(f"{command[:60]!r} got {pieces[0]!r}")
                return out
            out.append(pieces)

    def response(self):
        pieces = []
        while True:
            line = self.file.readline()
            if not line:
                raise Trouble(f"{self.user}: the server closed the connection")
            found = re.search(rb"\{(\d+)\}\r?\n$", line)
            if not found:
                return pieces + [line.rstrip(b"\r\n")]
            size = int(found.group(1))
            literal = self.file.read(size)
            if len(literal) != size:
                raise Trouble(f"{self.user}: the connection was cut in a literal")
            pieces += [line[:found.start()], literal]


def quote(text):
    octets = text.encode() if isinstance(text, str) else text
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


TOKEN = re.compile(rb' *(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|((?:[^ ()"\[]|\[[^\]]*\])+))')


def tokens(pieces):
    """A response as nested lists; strings and literals are bytes, NIL is None, atoms are str."""
    root = []
    stack = [root]
    for number, piece in enumerate(pieces):
        if number % 2:
            stack[-1].append(piece)
            continue
        at = 0
        while at < len(piece):
            found = TOKEN.match(piece, at)
            if not found:
                break
            at = found.end()
            opened, closed, string, atom = found.groups()
            if opened:
                inner = []
                stack[-1].append(inner)
                stack.append(inner)
            elif closed:
                if len(stack) > 1:
                    stack.pop()
            elif string is not None:
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", string))
            else:
                stack[-1].append(None if atom.upper() == b"NIL" else atom.decode("latin-1"))
    return root


def octets_of(token):
    return token.encode("latin-1") if isinstance(token, str) else token or b""


def decode_name(wire):
    """Modified UTF-7 (RFC 3501 §5.1.3) to Unicode; what is not valid stays as it is."""
    def shifted(found):
        inner = found.group(1)
        if not inner:
            return "&"
        raw = inner.replace(",", "/")
        return base64.b64decode(raw + "=" * (-len(raw) % 4)).decode("utf-16-be")
    text = wire.decode("utf-8", "backslashreplace")
    try:
        return re.sub(r"&([^-]*)-", shifted, text)
    except ValueError:
        return text


# --- one mailbox ----------------------------------------------------------------------------------------------------

class Folder:
    def __init__(self, wire, name, path, selectable):
        self.wire, self.name, self.path, self.selectable = wire, name, path, selectable
        self.subscribed = False


class Mailbox:
    def __init__(self, side, tls, ca):
        self.connection = Connection(side, tls, ca)
        self.prefix, self.delimiter = "", "/"
        for row in map(tokens, self.connection.command(b"NAMESPACE")):
            if row[1:2] == ["NAMESPACE"] and len(row) > 2 and row[2]:
                self.prefix = decode_name(octets_of(row[2][0][0]))
        self.folders = {}
        for attributes, wire, name, path in self.listed(b"LIST"):
            selectable = not {"\\noselect", "\\nonexistent"} & {a.lower() for a in attributes}
            self.folders[path] = Folder(wire, name, path, selectable)
        for _, _, _, path in self.listed(b"LSUB"):
            if path in self.folders:
                self.folders[path].subscribed = True

    def listed(self, verb):
        for row in map(tokens, self.connection.command(verb + b' "" "*"')):
            if row[1:2] == [verb.decode()] and len(row) >= 5:
                wire = octets_of(row[4])
                if row[3]:
                    self.delimiter = octets_of(row[3]).decode()
                name = decode_name(wire)
                yield row[2], wire, name, self.path(name)

    def path(self, name):
        if name.upper() == "INBOX":
            return ("INBOX",)
        if self.prefix and name.startswith(self.prefix):
            name = name[len(self.prefix):]
        return tuple(name.split(self.delimiter))

    def open(self, folder):
        facts = {"exists": 0, "recent": 0, "uidvalidity": 0, "uidnext": 0}
        for pieces in self.connection.command(b"EXAMINE " + quote(folder.wire)):
            line = pieces[0].decode("latin-1")
            for what in ("exists", "recent"):
                found = re.match(rf"\* (\d+) {what}$", line, re.I)
                facts[what] = int(found.group(1)) if found else facts[what]
            for what in ("uidvalidity", "uidnext"):
                found = re.search(rf"\[{what} (\d+)\]", line, re.I)
                facts[what] = int(found.group(1)) if found else facts[what]
        return facts

    def messages(self, folder, rewrites):
        """All messages of a folder in UID order, fetched in batches bounded by count and octets."""
        facts = self.open(folder)
        if not facts["exists"]:
            return facts, []
        sizes = sorted((int(m["UID"]), int(m["RFC822.SIZE"])) for m in self.fetch(b"FETCH 1:* (UID RFC822.SIZE)"))
        out, at = [], 0
        while at < len(sizes):
            end, octets = at, 0
            while end < len(sizes) and end - at < BATCH and (octets < BATCH_OCTETS or end == at):
                octets += sizes[end][1]
                end += 1
            command = b"UID FETCH %d:%d (UID FLAGS INTERNALDATE BODY.PEEK[])" % (sizes[at][0], sizes[end - 1][0])
            out += [Message(m, rewrites) for m in self.fetch(command) if "BODY[]" in m]
            at = end
        out.sort(key=lambda message: message.uid)
        if len(out) != facts["exists"]:
            raise Trouble(f"{folder.name}: {facts['exists']} announced, {len(out)} readable")
        return facts, out

    def fetch(self, command):
        for row in map(tokens, self.connection.command(command)):
            if len(row) > 3 and row[2] == "FETCH":
                items = row[3]
                yield {name.upper(): value for name, value in zip(items[::2], items[1::2])}


class Message:
    __slots__ = ("uid", "size", "raw", "sha", "flags", "keywords", "date", "key", "fields")

    def __init__(self, fetched, rewrites):
        body = octets_of(fetched["BODY[]"])
        flags = {octets_of(flag).decode("latin-1").lower() for flag in fetched["FLAGS"]} - {"\\recent"}
        self.uid, self.size = int(fetched["UID"]), len(body)
        self.raw = self.sha = hashlib.sha256(body).hexdigest()
        if rewrites:
            self.sha = hashlib.sha256(rewritten(body, rewrites)).hexdigest()
        self.flags, self.keywords = sorted(flags & SYSTEM), sorted(flags - SYSTEM)
        self.date = instant(octets_of(fetched["INTERNALDATE"]).decode("latin-1"))
        self.fields = headers(body)
        self.key = likeness(self.fields)


def instant(text):
    """INTERNALDATE as seconds since 1970; the zone is the server's own affair."""
    found = re.match(r"\s*(\d+)-(\w+)-(\d+) (\d+):(\d+):(\d+) ([+-])(\d\d)(\d\d)$", text)
    if not found or found.group(2).lower() not in MONTHS:
        return text
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    at = calendar.timegm((int(year), MONTHS[month.lower()], int(day), int(hour), int(minute), int(second)))
    zone = (int(zone_hour) * 60 + int(zone_minute)) * 60
    return at - zone if sign == "+" else at + zone


def headers(body):
    end = body.find(b"\r\n\r\n", 0, 200_000)
    head = re.sub(rb"\r?\n[ \t]+", b" ", body[:end if end >= 0 else 200_000])
    fields = {}
    for line in head.split(b"\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name.strip().lower(), value.strip())
    return fields


def likeness(fields):
    """What makes two messages the same letter although their octets differ; None: nothing does."""
    if fields.get(b"message-id"):
        return fields[b"message-id"]
    parts = tuple(fields.get(name) for name in (b"subject", b"date", b"from"))
    return parts if any(parts) else None


def rewritten(body, rewrites):
    """Octets as the named server would have stored them, so that its known rewriting is no difference."""
    if "cyrus-8bit" in rewrites:
        # QUIRK: Cyrus 3.6 stores octets >= 0x80 in headers as X (munge8bit, its default).
        head, gap, rest = body.partition(b"\r\n\r\n")
        body = re.sub(rb"[\x80-\xff]", b"X", head) + gap + rest
    if "dovecot-nul" in rewrites:
        # QUIRK: Dovecot 2.3 stores NUL as 0x80.
        body = body.replace(b"\0", b"\x80")
    if "courier-crlf" in rewrites:
        # QUIRK: Courier 5.0 drops a bare CR and ends the last line.
        body = re.sub(rb"\r(?!\n)", b"", body)
        body = body if body.endswith(b"\r\n") else body + b"\r\n"
    if "bare-newline" in rewrites:
        # QUIRK: Dovecot 2.3 and Courier 5.0 make CRLF of a bare LF.
        body = re.sub(rb"(?<!\r)\n", b"\r\n", body)
    return body


# --- the verdict ----------------------------------------------------------------------------------------------------

def example(message, other=None):
    subject = message.fields.get(b"subject", b"").decode("utf-8", "backslashreplace")
    out = {"uid": message.uid, "size": message.size, "subject": subject[:60]}
    if other:
        out["other"] = {"uid": other.uid, "size": other.size}
    return out


class Tally:
    """Counts of one destination folder, with a few examples of each fault."""

    def __init__(self):
        self.counts, self.examples = collections.Counter(), collections.defaultdict(list)

    def add(self, fault, what=None):
        self.counts[fault] += 1
        if what is not None and len(self.examples[fault]) < 5:
            self.examples[fault].append(what)


def compare_folder(sources, destination, banned, tally, any_order):
    """`sources`: lists of messages, one per source folder that is carried into this destination folder;
    `banned`: digests of the messages that must not be there."""
    waiting = collections.defaultdict(list)
    for message in destination:
        waiting[message.sha].append(message)
    unpaired, known = [], set()
    for messages in sources:
        pairs = []
        for message in messages:
            known.update((message.sha, message.key))
            twins = waiting.get(message.sha)
            if not twins:
                unpaired.append(message)
                continue
            alike = max(range(len(twins)), key=lambda i: (likes(message, twins[i]), -i))
            pairs.append((message, twins.pop(alike)))
        for mine, theirs in pairs:
            compare_pair(mine, theirs, tally)
        if not any_order:
            tally.counts["order_differ"] += out_of_order(pairs)
    known.discard(None)
    rest = collections.defaultdict(list)
    for message in (message for twins in waiting.values() for message in twins):
        rest[message.key].append(message)
    for message in unpaired:
        candidates = rest.get(message.key) if message.key else None
        if candidates:
            other = candidates.pop(0)
            tally.add("changed", example(message, other))
            compare_facts(message, other, tally)
        else:
            tally.add("missing", example(message))
    for message in (message for left in rest.values() for message in left):
        seen = message.sha in known or message.key in known
        tally.add("quarantined_present" if message.sha in banned else "duplicate" if seen else "extra", example(message))


def likes(mine, theirs):
    return (mine.date == theirs.date) + (mine.flags == theirs.flags) + (mine.keywords == theirs.keywords)


def compare_pair(mine, theirs, tally):
    tally.counts["same"] += 1
    tally.counts["rewritten"] += mine.raw != theirs.raw
    compare_facts(mine, theirs, tally)


def compare_facts(mine, theirs, tally):
    for fault, a, b in (("flags_differ", mine.flags, theirs.flags), ("keywords_differ", mine.keywords, theirs.keywords),
                        ("dates_differ", mine.date, theirs.date)):
        if a != b:
            tally.add(fault, {**example(mine, theirs), "source": a, "destination": b})


def out_of_order(pairs):
    """How many messages must be moved to restore the order; which of several twins stands where does not matter."""
    places = collections.defaultdict(list)
    for mine, theirs in pairs:
        bisect.insort(places[mine.sha], theirs.uid)
    ends = []
    for mine, _ in pairs:
        uid = places[mine.sha].pop(0)
        at = bisect.bisect_left(ends, uid)
        ends[at:at + 1] = [uid]
    return len(pairs) - len(ends)


def below(path, top):
    return path[:len(top)] == top


class Plan:
    """Which source folder is carried where, and which not at all."""

    def __init__(self, source, destination, maps, excluded):
        self.excluded = [source.path(name) for name in excluded]
        self.maps = []
        for text in maps:
            left, right = re.split(r"(?<!\\)=", text, maxsplit=1)
            mapped = source.path(left.replace("\\=", "=")), destination.path(right.replace("\\=", "="))
            self.maps.append(mapped)
        self.maps.sort(key=lambda pair: -len(pair[0]))

    def destination(self, path):
        for left, right in self.maps:
            if below(path, left):
                return right + path[len(left):]
        return path

    def carries(self, folder):
        return folder.selectable and not any(below(folder.path, top) for top in self.excluded)


def absent(file, source):
    """(path, uid) of messages that must not have arrived: JSON list of {folder, uid}, or a report that has them."""
    if not file:
        return set()
    with open(file, encoding="utf-8") as stream:
        listed = json.load(stream)
    if isinstance(listed, dict):
        listed = listed.get("quarantined", []) + listed.get("vanished", [])
    return {(source.path(entry["folder"]), int(entry["uid"])) for entry in listed}


def compare(source, destination, a):
    plan, without = Plan(source, destination, a.map, a.exclude), absent(a.quarantined, source)
    into = collections.defaultdict(list)
    for path in sorted(source.folders):
        if plan.carries(source.folders[path]):
            into[plan.destination(path)].append(source.folders[path])
    tallies = {}
    for path, folders in sorted(into.items()):
        tally = tallies["/".join(path)] = Tally()
        target = destination.folders.get(path)
        exists = target is not None and target.selectable
        mine, theirs = in_parallel(
            lambda folders=folders: [source.messages(folder, a.rewrites)[1] for folder in folders],
            lambda target=target, exists=exists: destination.messages(target, a.rewrites)[1] if exists else [])
        if not exists:
            tally.add("folders_missing", "/".join(path))
        if any(folder.subscribed for folder in folders) and not (exists and target.subscribed) and not a.any_subscriptions:
            tally.add("subscriptions_missing", "/".join(path))
        kept, banned = [], set()
        for folder, messages in zip(folders, mine):
            tally.counts["source"] += len(messages)
            barred = {message.uid for message in messages if (folder.path, message.uid) in without}
            tally.counts["quarantined"] += len(barred)
            kept.append([message for message in messages if message.uid not in barred])
            banned.update(message.sha for message in messages if message.uid in barred)
        tally.counts["destination"] += len(theirs)
        if a.foreign:
            own = [message for message in theirs if a.foreign.lower().encode() not in message.fields]
            tally.counts["foreign"] += len(theirs) - len(own)
            theirs = own
        compare_folder(kept, theirs, banned, tally, a.any_order)
    if not a.any_extra:
        for path in sorted(set(destination.folders) - set(into)):
            if destination.folders[path].selectable:
                theirs = destination.messages(destination.folders[path], a.rewrites)[1]
                own = [message for message in theirs if not a.foreign or a.foreign.lower().encode() not in message.fields]
                if own:
                    tally = tallies["/".join(path)] = Tally()
                    for message in own:
                        tally.add("extra", example(message))
    return tallies


def in_parallel(first, second):
    """Both sides are read at once."""
    out = {}

    def run(name, work):
        try:
            out[name] = work()
        except Exception as error:  # handed to the caller below
            out[name] = error
    threads = [threading.Thread(target=run, args=pair) for pair in (("first", first), ("second", second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in out.values():
        if isinstance(result, Exception):
            raise result
    return out["first"], out["second"]


# --- the source, before and after ---------------------------------------------------------------------------------

def digest(mailbox):
    """Everything a client could have changed."""
    out = {}
    for path in sorted(mailbox.folders):
        folder = mailbox.folders[path]
        entry = out[folder.name] = {"selectable": folder.selectable, "subscribed": folder.subscribed}
        if folder.selectable:
            facts, messages = mailbox.messages(folder, ())
            entry.update(facts)
            entry["messages"] = [[m.uid, m.flags, m.keywords, m.date, m.raw] for m in messages]
    return out


def touched(before, now):
    for name in sorted(set(before) | set(now)):
        if name not in now or name not in before:
            yield {"folder": name, "what": "gone" if name in before else "new"}
            continue
        was, is_now = dict(before[name]), dict(now[name])
        mine, theirs = was.pop("messages", []), is_now.pop("messages", [])
        for what in sorted(was):
            if was[what] != is_now.get(what):
                yield {"folder": name, "what": what, "before": was[what], "now": is_now.get(what)}
        left, right = {m[0]: m for m in mine}, {m[0]: m for m in theirs}
        for uid in sorted(set(left) | set(right)):
            if left.get(uid) != right.get(uid):
                yield {"folder": name, "what": "message", "before": left.get(uid), "now": right.get(uid)}


# --- the command ----------------------------------------------------------------------------------------------------

def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("source")
    p.add_argument("destination", nargs="?")
    p.add_argument("--tls", action="store_true")
    p.add_argument("--ca", metavar="FILE")
    p.add_argument("--map", action="append", default=[], metavar="A=B")
    p.add_argument("--exclude", action="append", default=[], metavar="NAME")
    p.add_argument("--quarantined", metavar="FILE", help="JSON list of {folder, uid}, or a report, of mail that must be absent")
    p.add_argument("--foreign", metavar="HEADER", help="mail with this header at the destination is somebody else's")
    p.add_argument("--any-extra", action="store_true", help="destination folders that no source folder maps to may hold mail")
    p.add_argument("--any-order", action="store_true")
    p.add_argument("--any-subscriptions", action="store_true")
    for name in ("cyrus-8bit", "dovecot-nul", "courier-crlf", "bare-newline"):
        p.add_argument("--" + name, dest="rewrites", action="append_const", const=name, help="allow this server's rewriting")
    p.add_argument("--json", metavar="FILE", help="the whole verdict")
    p.add_argument("--snapshot", metavar="FILE")
    p.add_argument("--source-untouched", metavar="FILE")
    a = p.parse_args()
    a.rewrites = frozenset(a.rewrites or ())
    return a


def judge(a):
    source = Mailbox(a.source, a.tls, a.ca)
    if a.snapshot:
        with open(a.snapshot, "w", encoding="utf-8") as stream:
            json.dump(digest(source), stream)
    changes, tallies = [], {}
    if a.source_untouched:
        with open(a.source_untouched, encoding="utf-8") as stream:
            changes = list(touched(json.load(stream), digest(source)))
    if a.destination:
        tallies = compare(source, Mailbox(a.destination, a.tls, a.ca), a)
    totals = collections.Counter({fault: 0 for fault in FAULTS})
    for tally in tallies.values():
        totals.update(tally.counts)
    totals["source_touched"] = len(changes)
    return {"equal": not any(totals[fault] for fault in FAULTS), "totals": dict(totals), "touched": changes[:20],
            "folders": {name: {"counts": dict(tally.counts), "examples": tally.examples} for name, tally in tallies.items()}}


def main():
    a = arguments()
    try:
        verdict = judge(a)
    except Exception as error:  # whatever went wrong, it must not look like a difference
        print(f"no verdict: {error!r}", file=sys.stderr)
        sys.exit(2)
    if a.json:
        with open(a.json, "w", encoding="utf-8") as stream:
            json.dump(verdict, stream, ensure_ascii=False)
    print(json.dumps({"equal": verdict["equal"], **verdict["totals"]}))
    for name, folder in verdict["folders"].items():
        faults = {fault: folder["counts"][fault] for fault in FAULTS if folder["counts"].get(fault)}
        if faults:
            print(f"{name}: {faults} {json.dumps(folder['examples'], ensure_ascii=False)[:1500]}", file=sys.stderr)
    for change in verdict["touched"]:
        print(f"source touched: {json.dumps(change, ensure_ascii=False)[:400]}", file=sys.stderr)
    sys.exit(0 if verdict["equal"] else 1)


main()
