/// Where a secret is to be found; the policy never holds the secret itself.
package enum SecretReference: Hashable, Sendable {
  case environment(String)
  case file(String)
  /// A program and its arguments; what it prints, less one newline at the end, is the secret.
  case command([String])
}

extension SecretReference: CustomStringConvertible {
  /// How a person names the place: `environment variable VERCEL_TOKEN`. Never the value.
  package var description: String {
    switch self {
    case .environment(let name): "environment variable \(name)"
    case .file(let path): "file \(path)"
    case .command(let words): "command \(words.first ?? "")"
    }
  }
}

/// A value that must not be shown.
///
/// Printing, interpolating or reflecting it gives `‹secret›`; only ``reveal()`` gives the value, so that every
/// place where one leaves can be found by searching for that word.
package struct Secret: Hashable, Sendable {
  private let value: String
  package init(_ value: String) { self.value = value }
  package func reveal() -> String { value }
  package var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "‹secret›" }
  package var debugDescription: String { "‹secret›" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
