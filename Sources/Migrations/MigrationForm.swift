import Core

/// How a tool reads the file of a migration.
package enum MigrationForm: String, Sendable, CaseIterable {
  /// All of the file is the way there. Drizzle's `--> statement-breakpoint` is a comment of SQL.
  case sql
  /// SQL with commands and variables of `psql`, which Sqitch runs it with.
  case psql
  /// Both ways in one file, between `-- +goose Up` and `-- +goose Down`.
  case goose
  /// Both ways in one file, after `-- migrate:up` and `-- migrate:down`.
  case dbmate
  /// Python, Ruby or Go: what it does is known when it runs.
  case program
  /// What belongs to the migration is not known.
  case unknown
}

extension MigrationState.Pending {
  /// The SQL of the way there, each line where it stands in the file; `nil` where there is none to be read.
  package func sql() throws(Problem) -> String? {
    switch form {
    case .sql, .psql: try MigrationFile(path: path).text()
    case .goose: try AnnotatedFile(MigrationFile(path: path), of: .goose).up
    case .dbmate: try AnnotatedFile(MigrationFile(path: path), of: .dbmate).up
    case .program, .unknown: nil
    }
  }
}
