import Core
import Postgres

/// A database's address in the forms that tools read it in. All of it is secret: for a child's environment only.
struct ToolAddress: Sendable {
  /// As the policy gives it.
  let url: String
  /// libpq's own variables: `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD` and those of TLS.
  let libpq: [String: String]
  /// Settings for the session: see ``SessionLimits``.
  var options: String?

  init(_ database: Secret) throws(Problem) {
    url = database.reveal()
    do throws(PostgresError) { libpq = try ConnectionAddress(database).childEnvironment() } catch {
      throw error.problem(place: "the database's address")
    }
  }

  /// Beginning with `postgresql://`, which SQLAlchemy asks for.
  var longScheme: String { url.hasPrefix("postgres://") ? "postgresql" + url.dropFirst(8) : url }

  /// With settings for the session, where the address is a URL and names none itself.
  var urlWithOptions: String {
    guard let options, url.contains("://") else { return url }
    let query = url.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    guard !query.split(separator: "&").contains(where: { $0.hasPrefix("options=") }) else { return url }
    return url + (url.contains("?") ? "&" : "?") + "options=" + ToolAddress.encoded(options)
  }

  /// `jdbc:postgresql://host:port/database`, without user and password.
  ///
  /// - Throws: `migration.socket` when the server is reached through a Unix socket, which Java's driver cannot.
  func jdbc() throws(Problem) -> String {
    let host = libpq["PGHOST"] ?? libpq["PGHOSTADDR"] ?? "localhost"
    guard !host.hasPrefix("/") else {
      throw Problem(
        "migration.socket", "the tool's driver cannot reach the database", place: "a Unix socket",
        why: "Java's driver speaks TCP only",
        remedy: "give an address with a host; for rehearsals, name a server in `scratch: { url: … }`")
    }
    let port = libpq["PGPORT"] ?? "5432"
    let ports = port.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let hosts = host.split(separator: ",").enumerated().map { index, name in
      let name = name.contains(":") ? "[\(name)]" : String(name)
      return "\(name):\(ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : "5432")"
    }
    var query: [String] = []
    for (variable, parameter) in [("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "sslrootcert")] {
      if let value = libpq[variable] { query.append("\(parameter)=\(ToolAddress.encoded(value))") }
    }
    if let options { query.append("options=\(ToolAddress.encoded(options))") }
    return "jdbc:postgresql://\(hosts.joined(separator: ","))/\(ToolAddress.encoded(libpq["PGDATABASE"] ?? ""))"
      + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
  }

  static func encoded(_ text: String) -> String {
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
}
