internal import CLibPQ
import Core

/// A database's address, read by libpq's own parser: `postgresql://…` or `host=… dbname=…`.
///
/// Parameters that only drivers of other languages know (`schema`, `connection_limit`, `pgbouncer` and others of Prisma,
/// Supabase and Vercel) are left out, because libpq refuses an address with any of them; an unknown one is still an error.
package struct ConnectionAddress: Sendable {
  private struct Option: Sendable {
    let keyword: String
    let environment: String?
    let value: Secret
  }

  private let options: [Option]
  /// Whether the address itself says that it leads to a pooler (`pgbouncer=true`, Supabase's and Neon's names).
  package let namesPooler: Bool

  /// Reads the address; a message never quotes it, because it may hold a password in an unexpected place.
  package init(_ url: Secret) throws(PostgresError) {
    let text = url.reveal()
    guard !text.isEmpty else { throw PostgresError(.protocolMismatch, "the address of the database is empty") }
    guard !text.utf8.contains(0) else {
      throw PostgresError(.protocolMismatch, "the address of the database contains a NUL byte")
    }
    let (known, foreign) = ConnectionAddress.withoutForeignParameters(text)
    var complaint: UnsafeMutablePointer<CChar>?
    let parsed = PQconninfoParse(known, &complaint)
    PQfreemem(complaint)
    guard let parsed else {
      throw PostgresError(
        .protocolMismatch,
        "the address of the database cannot be read; expected postgresql://user:password@host:port/database, "
          + "with special characters of the password percent-encoded, and only parameters that libpq knows")
    }
    defer { PQconninfoFree(parsed) }
    var options: [Option] = []
    var each = parsed
    while let keyword = each.pointee.keyword {
      if let value = each.pointee.val {
        options.append(
          Option(
            keyword: String(cString: keyword), environment: each.pointee.envvar.map { String(cString: $0) },
            value: Secret(String(cString: value))))
      }
      each += 1
    }
    let shown = options.filter { ["host", "port", "dbname", "hostaddr"].contains($0.keyword) }
    // A password with an unescaped `@` or `/` ends up in these parts; they are shown to people.
    for option in shown where option.value.reveal().contains("@") {
      throw PostgresError(
        .protocolMismatch, "the \(option.keyword) of the database's address contains `@`: percent-encode the password")
    }
    let port = shown.first { $0.keyword == "port" }?.value.reveal() ?? ""
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2c }) else {
      throw PostgresError(.protocolMismatch, "the port of the database's address is not a number")
    }
    let host = shown.first { $0.keyword == "host" }?.value.reveal() ?? ""
    self.options = options
    namesPooler =
      foreign.contains { $0 == "pgbouncer=true" } || host.contains("-pooler.") || host.hasSuffix(".pooler.supabase.com")
  }

  /// Drivers' own query parameters. Sources: Prisma's "PostgreSQL connector" page, Vercel's Supabase integration.
  private static let foreignParameters: Set<String> = [
    "schema", "connection_limit", "pool_timeout", "socket_timeout", "pgbouncer", "statement_cache_size", "supa",
    "workaround", "pool", "max_idle_connection_lifetime", "single_use_connections",
  ]

  private static func withoutForeignParameters(_ text: String) -> (known: String, foreign: [String]) {
    guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"), let mark = text.firstIndex(of: "?") else {
      return (text, [])
    }
    var kept: [Substring] = []
    var foreign: [String] = []
    for pair in text[text.index(after: mark)...].split(separator: "&") {
      if foreignParameters.contains(String(pair.prefix { $0 != "=" })) {
        foreign.append(String(pair))
      } else {
        kept.append(pair)
      }
    }
    let query = kept.joined(separator: "&")
    return (String(text[..<mark]) + (query.isEmpty ? "" : "?" + query), foreign)
  }

  private func value(_ keyword: String) -> String? {
    options.first { $0.keyword == keyword }.map { $0.value.reveal() }
  }

  package var host: String? { value("host") ?? value("hostaddr") }
  package var database: String? { value("dbname") ?? value("user") }
  package var user: String? { value("user") }

  /// `host:port/database`, without user or password; a Unix socket is `socket:port/database`.
  package var place: String {
    let name = host.map { $0.hasPrefix("/") ? "socket" : $0 } ?? "socket"
    return "\(name):\(value("port") ?? "5432")/\(database ?? "")"
  }

  /// What a child (`pg_dump`, `psql`) needs to reach the same database: `PGHOST`, `PGPASSWORD`, …
  ///
  /// For that child's environment only; no argument list ever holds any of it. Keep-alive settings, which have no variable,
  /// are left to the defaults.
  package func childEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    for option in options {
      if let name = option.environment { variables[name] = option.value.reveal() }
    }
    // Ours whatever the address says: a migration looks by this name for dumps that are open.
    variables["PGAPPNAME"] = "gatehouse"
    return variables
  }

  /// The same server and login, another database, as a URL that other drivers read too.
  package func url(database: String) -> Secret {
    func encoded(_ text: String) -> String {
      text.utf8.reduce(into: "") { out, byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
          out.unicodeScalars.append(Unicode.Scalar(byte))
        default:
          let digits = String(byte, radix: 16, uppercase: true)
          out += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }
      }
    }
    var text = "postgresql://"
    if let user { text += encoded(user) + (value("password").map { ":" + encoded($0) } ?? "") + "@" }
    let host = value("host")
    let port = value("port")
    var query: [String] = []
    let isPlain = host.map { !$0.hasPrefix("/") && !$0.contains(",") } ?? true
    if let host, isPlain {
      text += host.contains(":") ? "[\(host)]" : host
    } else if let host {
      text += host.contains(",") ? "" : "localhost"
      query.append("host=" + encoded(host))
    }
    if let port {
      if isPlain || host?.hasPrefix("/") == true { text += ":" + port } else { query.append("port=" + encoded(port)) }
    }
    text += "/" + encoded(database)
    for option in options where !["user", "password", "host", "port", "dbname"].contains(option.keyword) {
      query.append(option.keyword + "=" + encoded(option.value.reveal()))
    }
    return Secret(text + (query.isEmpty ? "" : "?" + query.joined(separator: "&")))
  }

  /// libpq's keywords and values for a connection; `defaults` give way to the address.
  func parameters(defaults: [(String, String)], overrides: [(String, String)]) -> [(String, String)] {
    let overridden = Set(overrides.map(\.0))
    let own = options.filter { !overridden.contains($0.keyword) }.map { ($0.keyword, $0.value.reveal()) }
    let given = Set(own.map(\.0))
    return defaults.filter { !given.contains($0.0) && !overridden.contains($0.0) } + own + overrides
  }
}
