import Core
import FoundationEssentials
import Glibc
import Postgres

/// A PostgreSQL server of our own, for restores, rehearsals and tests, destroyed with all its data at the end.
///
/// It listens on a Unix socket in a folder that only its user may enter, is tuned for speed and not for safety, runs
/// without privileges even when we are root, in namespaces of its own for the network and for the folders of Unix sockets where
/// the machine allows them, and does not outlive this process, however that ends.
package final class ScratchServer: Sendable {
  package static let user = "gatehouse_scratch"
  private let supervisor: Supervisor
  private let folder: ScratchFolder
  private let password: String?
  private let port: Int
  package let network: ScratchNetwork

  private init(
    _ supervisor: Supervisor, _ folder: ScratchFolder, password: String?, port: Int, network: ScratchNetwork
  ) {
    self.supervisor = supervisor
    self.folder = folder
    self.password = password
    self.port = port
    self.network = network
  }

  deinit { close(folder.lock) }

  /// Makes a new cluster and starts it.
  ///
  /// - Parameters:
  ///   - settings: Configuration parameters on top of the tuned ones.
  ///   - folder: The folder to make its own folder in; the system's temporary folder when `nil`.
  ///   - major: The version it must have; the newest installed when `nil`.
  ///   - tcp: Listens on a free port of 127.0.0.1 too, with a random password.
  ///   - reaching: A folder below `/tmp` that it may see, for settings that name files there.
  package static func start(
    settings: [String: String] = [:], in folder: String? = nil, major: Int? = nil, tcp: Bool = false,
    reaching other: String? = nil
  ) async throws(Problem) -> ScratchServer {
    let programs = try PostgresPrograms.find("initdb", major: major)
    let owner = try unprivilegedUser()
    let place = try ScratchFolder.make(in: folder, owner: (owner.user, owner.group))
    var keepsFolder = false
    defer {
      if !keepsFolder {
        close(place.lock)
        ScratchFolder.remove(place.path)
        if place.socketFolder != place.path { ScratchFolder.remove(place.socketFolder) }
      }
    }
    let port = tcp ? try freePort() : 5432
    let password = String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
    var all = tuned.merging(still) { $1 }.merging(settings) { $1 }
    all["unix_socket_directories"] = place.socketFolder
    all["port"] = String(port)
    all["listen_addresses"] = tcp ? "127.0.0.1" : ""
    try write(all.sorted { $0.key < $1.key }.map { "\($0) = \(setting($1))\n" }.joined(), to: place.path + "/settings")
    try write(password, to: place.path + "/password", owner: owner.user)
    let dropping =
      geteuid() == 0
      ? ["setpriv", "--reuid=\(owner.user)", "--regid=\(owner.group)", "--clear-groups", "--no-new-privs"] : []
    let needsLoopback = tcp || (programs.major ?? major).map { $0 < 15 } == true
    let supervisor = try Supervisor(
      script: script,
      arguments: [
        place.path, place.socketFolder, programs.folder, user, needsLoopback ? "share" : "isolate", hiding,
        other ?? place.path,
      ] + dropping,
      lock: place.lock)
    let answer = await supervisor.nextAnswer()
    guard let answer, answer.hasPrefix("ready "), let network = ScratchNetwork(rawValue: String(answer.dropFirst(6)))
    else {
      let why = lastWords(place.path)
      await supervisor.end()
      throw Problem(
        "snapshot.scratch-start", "a scratch server could not be started", place: place.path,
        why: answer.map { "\($0)\(why.map { ": " + $0 } ?? "")" } ?? why ?? "its supervisor ended")
    }
    keepsFolder = true
    let server = ScratchServer(supervisor, place, password: tcp ? password : nil, port: port, network: network)
    do throws(PostgresError) {
      let version = try await withConnection(server.url()) { $0.serverMajor }
      guard major == nil || version == major else {
        throw PostgresError(.protocolMismatch, "asked for version \(major ?? 0), got \(version)")
      }
      return server
    } catch {
      await server.stop()
      throw error.problem(place: "scratch server")
    }
  }

  /// The address of one of its databases.
  package func url(database: String = "postgres") -> Secret {
    if let password {
      return Secret("postgresql://\(ScratchServer.user):\(password)@127.0.0.1:\(port)/\(database)")
    }
    return Secret("postgresql://\(ScratchServer.user)@localhost:\(port)/\(database)?host=\(folder.socketFolder)")
  }

  /// Makes a database: empty, or a copy of another one of this server that nobody is connected to.
  ///
  /// - Parameter collation: `LC_COLLATE` and `LC_CTYPE`; `C` when `nil`.
  package func createDatabase(
    _ name: String, template: String? = nil, encoding: String? = nil, collation: (collate: String, ctype: String)? = nil
  ) async throws(Problem) {
    var sql = "CREATE DATABASE \(name.quotedIdentifier) TEMPLATE \((template ?? "template0").quotedIdentifier)"
    if template != nil { sql += " STRATEGY file_copy" }
    if let encoding { sql += " ENCODING \(encoding.quotedLiteral)" }
    if let collation {
      sql += " LC_COLLATE \(collation.collate.quotedLiteral) LC_CTYPE \(collation.ctype.quotedLiteral)"
    }
    try await administer(sql)
  }

  package func dropDatabase(_ name: String) async throws(Problem) {
    try await administer("DROP DATABASE IF EXISTS \(name.quotedIdentifier) WITH (FORCE)")
  }

  private func administer(_ sql: String) async throws(Problem) {
    do throws(PostgresError) {
      try await withConnection(url()) { (connection: Connection) throws(PostgresError) in
        _ = try await connection.query(sql)
      }
    } catch {
      throw error.problem(place: "scratch server")
    }
  }

  /// Destroys the server and its folder; returns when both are gone. Doing it twice does no harm.
  package func stop() async { await supervisor.end() }
}

extension ScratchServer {
  /// Nothing here survives a crash of the machine, and nothing needs to.
  private static let tuned: [String: String] = [
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "autovacuum": "off", "maintenance_work_mem": "256MB", "shared_buffers": "128MB",
    "max_wal_size": "8GB", "checkpoint_timeout": "1h", "jit": "off", "max_connections": "250",
    "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC", "logging_collector": "off",
    // The server's log may quote rows: errors are told to the client, the log keeps only why the server ended.
    "log_min_messages": "fatal", "log_min_error_statement": "panic", "log_error_verbosity": "terse",
  ]

  /// Nothing in a restored database works by itself: no jobs of extensions, no replication.
  private static let still: [String: String] = [
    "shared_preload_libraries": "", "session_preload_libraries": "", "local_preload_libraries": "",
    "max_logical_replication_workers": "0", "archive_mode": "off",
  ]

  /// Arguments: folder, socket folder, folder of the programs, user, `isolate` or `share` (the network), ``hiding``, a folder
  /// that is not hidden, then the words that drop privileges (perhaps none).
  ///
  /// Root makes the namespaces before it drops its privileges; somebody else, or root in a container, needs a user namespace
  /// for them. Which of them works is tried: kernels, containers and security modules each have their own rules.
  private static let script = """
    folder=$1; sockets=$2; programs=$3; user=$4; wanted=$5; hiding=$6; other=$7; shift 7; drop="$*"
    trap : HUP INT TERM
    umask 077
    cd / || exit 1
    own="unshare --user --map-current-user"
    run() {
      case $way in
        root) unshare --net --mount -- /bin/sh -c "$hiding" hiding "$folder" "$sockets" "$programs" "$other" $drop "$@";;
        user) $drop $own --keep-caps --net --mount -- /bin/sh -c "$hiding" hiding "$folder" "$sockets" "$programs" "$other" \
          setpriv --inh-caps=-all --ambient-caps=-all --no-new-privs "$@";;
        root-net) unshare --net -- $drop "$@";;
        user-net) $drop $own --net -- "$@";;
        *) $drop "$@";;
      esac
    }
    if test "$wanted" = share; then way=none; network=loopback
    else
      for way in root user root-net user-net none; do run true && break; done </dev/null >/dev/null 2>&1
      case $way in root | user) network=none;; none) network=no-namespace;; *) network=sockets;; esac
    fi
    step=initdb
    if $drop "$programs/initdb" --no-sync -D "$folder/data" -U "$user" -E UTF8 --locale=C --auth-local=trust \
      --auth-host=scram-sha-256 --pwfile="$folder/password" </dev/null >"$folder/initdb.log" 2>&1
    then
      step=start
      if cat "$folder/settings" >>"$folder/data/postgresql.conf" && run "$programs/pg_ctl" \
        -D "$folder/data" -w -t 120 -l "$folder/server.log" start </dev/null >/dev/null 2>&1
      then echo "ready $network"; else echo "$step failed"; fi
    else echo "$step failed"; fi
    while read -r _; do :; done
    $drop "$programs/pg_ctl" -D "$folder/data" -w -t 60 -m immediate stop </dev/null >/dev/null 2>&1
    rm -rf "$folder" "$sockets"
    """

  /// Arguments: four folders that stay, then a program to go on as. In a mount namespace: `/run` and `/tmp` become empty, for
  /// there lie the sockets of other servers, of Docker and of the session's own services; what the server needs comes back.
  private static let hiding = """
    umask 022
    for path in "$1" "$2" "$3" "$4"; do case $path in /run/* | /var/run/*) exit 1;; esac; done
    mount -t tmpfs -o mode=0755 gatehouse /run || exit 1
    if test -d /var/run && ! test -L /var/run; then mount -t tmpfs -o mode=0755 gatehouse /var/run || exit 1; fi
    count=0
    for path in "$1" "$2" "$3" "$4"; do
      count=$((count + 1))
      case $path in /tmp/*) mkdir /run/$count && mount --bind "$path" /run/$count || exit 1;; esac
    done
    mount -t tmpfs -o mode=1777 gatehouse /tmp || exit 1
    count=0
    for path in "$1" "$2" "$3" "$4"; do
      count=$((count + 1))
      case $path in
        /tmp/*) mkdir -p "$path" && mount --move /run/$count "$path" && rmdir /run/$count || exit 1;;
      esac
    done
    shift 4
    umask 077
    exec "$@"
    """

  /// Who the server runs as: ourselves, or somebody harmless when we are root, as which PostgreSQL refuses to run.
  private static func unprivilegedUser() throws(Problem) -> (user: uid_t, group: gid_t) {
    guard geteuid() == 0 else { return (geteuid(), getegid()) }
    for name in ["postgres", "nobody"] {
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: 16_384)
      if getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil, entry.pw_uid != 0 {
        return (entry.pw_uid, entry.pw_gid)
      }
    }
    throw Problem(
      "snapshot.scratch-start", "PostgreSQL refuses to run as root and there is no user `postgres` or `nobody`",
      remedy: "run as another user")
  }

  private static func setting(_ value: String) -> String {
    "'" + value.filter { $0 != "\n" }.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
      + "'"
  }

  private static func write(_ text: String, to path: String, owner: uid_t? = nil) throws(Problem) {
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    defer { if file >= 0 { close(file) } }
    let bytes = Array(text.utf8)
    guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count,
      owner == nil || geteuid() != 0 || fchown(file, owner ?? 0, gid_t.max) == 0
    else {
      throw Problem(
        "snapshot.scratch-folder", "could not write a scratch server's settings", place: path,
        why: String(cString: strerror(errno)))
    }
  }

  /// The last line of what `initdb` or the starting server wrote: at that point there is no data it could quote.
  private static func lastWords(_ folder: String) -> String? {
    for name in ["server.log", "initdb.log"] {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      let lines = String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n")
      if let error = lines.last(where: { $0.contains("FATAL") || $0.contains("error:") }) ?? lines.last {
        return String(error.prefix(300))
      }
    }
    return nil
  }

  /// A port nobody uses at this moment. Somebody may take it before the server does; then the start fails and says so.
  private static func freePort() throws(Problem) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let done = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
      }
    }
    guard done else {
      throw Problem("snapshot.scratch-start", "no free port on 127.0.0.1", why: String(cString: strerror(errno)))
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
