/// What a text asks of the place where it runs, which may be answered otherwise in production than on a restored copy: who
/// and where it is, how it is set up, when, and by chance. Pure.
///
/// Words are looked for, not meanings: one that is only put into a value is found as well, and a name that is put together
/// while it runs is not.
package enum PlaceWords {
  /// A word in lower case, or a single other character that is no blank.
  typealias Token = Substring

  /// - Parameter isProgram: Whether the text is Python, Ruby or Go, which ask in words of their own.
  /// - Returns: Sorted, each once.
  package static func asked(by text: String, isProgram: Bool = false) -> [String] {
    let tokens = tokens(of: text)
    // A default is a value and no condition, unless a variable or a parameter has it.
    let sparesDefaults = !tokens.contains { ["declare", "function", "procedure"].contains($0) }
    var found: Set<String> = []
    for (index, token) in tokens.enumerated() where !found.contains(String(token)) {
      guard isAsking(tokens, at: index, isProgram) else { continue }
      if sparesDefaults, ofTimeOrChance.contains(String(token)), isDefault(tokens, index) { continue }
      found.insert(String(token))
    }
    return found.sorted()
  }

  static func tokens(of text: String) -> [Token] {
    var tokens: [Token] = []
    let lower = text.lowercased()
    var place = lower.startIndex
    while place < lower.endIndex {
      let end = lower[place...].firstIndex { !isOfWord($0) } ?? lower.endIndex
      if end > place {
        tokens.append(lower[place..<end])
        place = end
      } else {
        let next = lower.index(after: place)
        if !lower[place].isWhitespace { tokens.append(lower[place..<next]) }
        place = next
      }
    }
    return tokens
  }

  private static func isOfWord(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }

  private static func isAsking(_ tokens: [Token], at index: Int, _ isProgram: Bool) -> Bool {
    let token = String(tokens[index])
    if always.contains(token) || prefixes.contains(where: { token.hasPrefix($0) }) { return true }
    if token.hasPrefix("has_"), token.hasSuffix("_privilege") { return true }
    if token.hasPrefix("pg_"), token.hasSuffix("_size") { return true }
    let next = index + 1 < tokens.count ? tokens[index + 1] : ""
    let last = index > 0 ? tokens[index - 1] : ""
    if calls.contains(token), next == "(" { return true }
    // As a word of SQL without quotation marks it is the role's name, but for `CREATE USER` and its kin.
    if token == "user", last != "\"", comparing.contains(next) { return true }
    if token == "show", last == "'" || last == "$" { return true }
    return isProgram && ofPrograms.contains(token)
  }

  private static func isDefault(_ tokens: [Token], _ index: Int) -> Bool {
    for token in tokens[max(0, index - 8)..<index].reversed() {
      if token == ";" || token == "," { return false }
      if token == "default" || token == "server_default" { return true }
    }
    return false
  }

  private static let ofTimeOrChance: Set<String> = [
    "now", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "clock_timestamp",
    "statement_timestamp", "transaction_timestamp", "timeofday", "random", "gen_random_uuid", "uuid_generate_v1",
    "uuid_generate_v4", "uuidv4", "uuidv7", "random_normal", "gen_random_bytes",
  ]

  private static let always: Set<String> = ofTimeOrChance.subtracting(["now", "random"]).union([
    "current_setting", "current_database", "current_catalog", "current_user", "session_user", "current_role",
    "system_user", "current_schema", "current_schemas", "inet_server_addr", "inet_server_port", "inet_client_addr",
    "inet_client_port", "pg_is_in_recovery", "server_version", "server_version_num", "pg_postmaster_start_time",
    "pg_conf_load_time", "pg_backend_pid", "pg_has_role", "pg_roles", "pg_authid", "pg_auth_members", "pg_user",
    "pg_shadow", "pg_group", "pg_settings", "pg_file_settings", "pg_db_role_setting", "pg_database", "pg_tablespace",
    "pg_locks", "applicable_roles", "enabled_roles", "reltuples", "relpages", "n_live_tup", "row_security_active",
  ])

  private static let prefixes = [
    "pg_stat", "pg_replication_", "pg_subscription", "pg_available_extension", "pg_current_xact", "pg_current_wal",
    "pg_control_", "pg_read_", "pg_ls_", "pg_prepared_xact", "txid_current", "uuid_generate_", "dblink",
  ]

  /// Too common as words to be told otherwise than by being called.
  private static let calls: Set<String> = ["now", "random", "version", "setseed"]

  private static let comparing: Set<Token> = ["=", "<", ">", "!", "~", "in", "like", "ilike", "not", "is", "|"]

  private static let ofPrograms: Set<String> = [
    "env", "environ", "getenv", "lookupenv", "hostname", "gethostname", "getuser", "getlogin", "argv", "platform",
    "now",
    "today", "utcnow", "random", "rand", "randint", "shuffle", "uuid1", "uuid4", "securerandom", "urlopen", "requests",
    "server_version_info", "x_argument", "get_x_argument",
  ]
}
