/// A kind of text: its form as a pattern that Swift, ECMAScript and Python read alike, and how to say it.
struct TextKind: Sendable {
  let name: String
  /// What is wanted, as the end of "… is not …".
  let wanted: String
  /// Anchored; linear in the length of the text.
  let pattern: String
  let example: String
  var maximumLength = 256
  /// Comparisons are written in quotes, which a schema cannot see.
  var mustBeQuoted = false
  var limit: LimitForm?
  /// Public keys have the form of tokens.
  var mayLookSecret = false
  /// What is wrong with a text of the right form that a pattern cannot say.
  var examine: (@Sendable (String) -> String?)?

  static let id = TextKind(
    name: "id", wanted: "an id (a letter, then letters, digits, '.', '_' or '-')",
    pattern: "^[A-Za-z][A-Za-z0-9._-]*$", example: "api", maximumLength: 64)
  static let line = TextKind(name: "text", wanted: "a text of one line", pattern: "^\\S(.*\\S)?$", example: "Year end")
  static let command = TextKind(
    name: "command", wanted: "a shell command", pattern: "\\S", example: "bun run build", maximumLength: 4096)
  static let query = TextKind(
    name: "query", wanted: "a query", pattern: "\\S", example: "SELECT 1", maximumLength: 8192)
  static let path = TextKind(
    name: "path", wanted: "a path", pattern: "^\\S(.*\\S)?$", example: "docs/rollback.md", maximumLength: 1024)
  static let inside = TextKind(
    name: "inside", wanted: "a relative path that stays inside the policy's folder",
    pattern: "^(?!/)(?!\\.\\.(/|$))(?!.*/\\.\\.(/|$))\\S(.*\\S)?$", example: "apps/api", maximumLength: 1024)
  static let recipients = TextKind(
    name: "recipients", wanted: "a relative path that stays inside the policy's folder", pattern: inside.pattern,
    example: "gatehouse/keys/backup-{year}-{month}.pub", maximumLength: 1024, examine: Examining.recipients)
  static let relation = TextKind(
    name: "table", wanted: "a table's name, with or without its schema: `name` or `schema.name`",
    pattern: "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$", example: "ops.schema_migrations",
    maximumLength: 127)
  static let copyName = TextKind(
    name: "copy-name", wanted: "the beginning of a database's name: lower case letters, digits and '_', at most 26",
    pattern: "^[a-z_][a-z0-9_]*$", example: "clinic_before", maximumLength: 26)
  static let glob = TextKind(
    name: "glob", wanted: "a glob of files inside the policy's folder",
    pattern: "^(?!/)(?!\\.\\.(/|$))(?!.*/\\.\\.(/|$))\\S(.*\\S)?$", example: "reports/**/junit*.xml",
    maximumLength: 1024, examine: Examining.glob)
  static let servedPath = TextKind(
    name: "served-path", wanted: "a path on the host that begins with '/'", pattern: "^/[^ \\t\\r\\n]*$",
    example: "/health", maximumLength: 2048)
  static let address = TextKind(
    name: "address", wanted: "an address that begins with http:// or https://",
    pattern: "^https?://[^/ \\t\\r\\n]+[^ \\t\\r\\n]*$", example: "https://clinic.example/health", maximumLength: 2048)
  static let hostPort = TextKind(
    name: "host-and-port", wanted: "a host with its port", pattern: "^[A-Za-z0-9.-]+:[1-9][0-9]{0,4}$",
    example: "clinic.example:443", examine: Examining.port)
  static let host = TextKind(
    name: "host", wanted: "a host's name", pattern: "^[A-Za-z0-9.-]+$", example: "clinic.example")
  static let jsonPath = TextKind(
    name: "json-path", wanted: "a JSON path that begins with '$'", pattern: "^\\$", example: "$.releaseId",
    examine: Examining.jsonPath)
  static let environmentName = TextKind(
    name: "environment-name", wanted: "the name of an environment variable", pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
    example: "VERCEL_TOKEN", maximumLength: 128)
  static let duration = TextKind(
    name: "duration", wanted: "a duration such as 30s, 15m, 24h, 7d", pattern: "^(0|[1-9][0-9]{0,5})(ms|s|m|h|d|w|y)$",
    example: "0m", examine: Examining.duration)
  static let someTime = TextKind(
    name: "some-time", wanted: "a duration above zero such as 30s, 15m, 24h, 7d",
    pattern: "^[1-9][0-9]{0,5}(ms|s|m|h|d|w|y)$", example: "15m", examine: Examining.duration)
  static let share = TextKind(
    name: "share", wanted: "a share from 0% to 100%", pattern: "^(100|[0-9]{1,2}(\\.[0-9]{1,6})?)%$", example: "10%")
  static let jitter = TextKind(
    name: "jitter", wanted: "a share from 0% to 50%", pattern: "^(50|[0-4]?[0-9](\\.[0-9]{1,6})?)%$", example: "10%")
  static let date = TextKind(
    name: "date", wanted: "a quoted date such as \"2027-01-31\", or with a time \"2027-01-31 00:00\"",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?$", example: "2027-01-31", mustBeQuoted: true,
    examine: Examining.date)
  static let weekly = TextKind(
    name: "weekly", wanted: "days and hours such as \"Mon-Thu 09:00-17:00\"",
    pattern: "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$",
    example: "Mon-Thu 09:00-17:00", examine: Examining.weekly)
  static let timezone = TextKind(
    name: "timezone", wanted: "a time zone such as America/Sao_Paulo or UTC",
    pattern: "^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$", example: "America/Sao_Paulo")
  static let mail = TextKind(
    name: "mail", wanted: "a mail address", pattern: "^[^@ \\t\\r\\n]+@[^@ \\t\\r\\n]+$", example: "ops@clinic.example")
  static let phone = TextKind(
    name: "phone", wanted: "a quoted telephone number such as \"+5511999990000\"", pattern: "^\\+[1-9][0-9]{6,14}$",
    example: "+5511999990000", mustBeQuoted: true)
  static let s3 = TextKind(
    name: "s3", wanted: "a bucket and prefix such as s3://backups/production",
    pattern: "^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^ /\\t\\r\\n]+)*/?$",
    example: "s3://backups/production")
  static let region = TextKind(
    name: "region", wanted: "a region such as sa-east-1", pattern: "^[a-z0-9-]{1,64}$", example: "sa-east-1")
  static let mediaType = TextKind(
    name: "media-type", wanted: "a media type such as text/javascript", pattern: "^[A-Za-z0-9.+-]+/[A-Za-z0-9.+*-]+$",
    example: "text/javascript")
  static let header = TextKind(
    name: "header", wanted: "a header's name", pattern: "^[A-Za-z0-9-]+$", example: "x-release-id")
}
