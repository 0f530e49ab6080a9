package import Core

/// The part of JSONPath (RFC 9535) that a policy needs: `$.a.b[0]`, `$['a']`, `$["a"]`, `[*]`, `.*` and `[-1]`.
package struct JSONPath: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case member(String)
    /// Negative counts from the end.
    case element(Int)
    case all
  }

  package let steps: [Step]
  /// As it was written.
  package let text: String

  /// Why a text is no path, with the column (from 1) where reading stopped.
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    package let column: Int
    package let message: String
    package var description: String { "column \(column): \(message)" }
  }

  package init(_ text: String) throws(Fault) {
    self.text = text
    var reader = Reader(rest: Array(text.unicodeScalars))
    steps = try reader.steps()
  }

  /// The values the path leads to, in document order; none when it leads nowhere.
  package func values(in document: JSON) -> [JSON] {
    steps.reduce([document]) { values, step in
      values.flatMap { value -> [JSON] in
        switch step {
        case .member(let name): value[name].map { [$0] } ?? []
        case .element(let index):
          value.array.flatMap { elements in
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [elements[place]] : nil
          } ?? []
        case .all: value.array ?? value.members?.map(\.value) ?? []
        }
      }
    }
  }
}

extension JSONPath: CustomStringConvertible {
  package var description: String { text }
}

extension JSON {
  /// The values that a path such as `$.checks[*].status` leads to.
  package func values(at path: String) throws(JSONPath.Fault) -> [JSON] {
    try JSONPath(path).values(in: self)
  }
}

extension JSONPath {
  private struct Reader {
    let rest: [Unicode.Scalar]
    var place = 0

    var next: Unicode.Scalar? { place < rest.count ? rest[place] : nil }

    func fault(_ message: String) -> Fault { Fault(column: place + 1, message: message) }

    mutating func steps() throws(Fault) -> [Step] {
      guard next == "$" else { throw fault("a path begins with $") }
      place += 1
      var steps: [Step] = []
      while let scalar = next {
        switch scalar {
        case ".":
          place += 1
          if next == "." { throw fault("`..` is not supported") }
          if next == "*" {
            place += 1
            steps.append(.all)
          } else {
            steps.append(.member(try name()))
          }
        case "[":
          place += 1
          steps.append(try bracket())
        default: throw fault("expected `.` or `[`")
        }
        if steps.count > 64 { throw fault("more than 64 steps") }
      }
      return steps
    }

    private mutating func name() throws(Fault) -> String {
      var name = String.UnicodeScalarView()
      while let scalar = next, scalar != ".", scalar != "[" {
        guard scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) else {
          throw fault("write this name as ['…']")
        }
        name.append(scalar)
        place += 1
      }
      if name.isEmpty { throw fault("a name is missing") }
      return String(name)
    }

    private mutating func bracket() throws(Fault) -> Step {
      let step: Step
      switch next {
      case "*":
        place += 1
        step = .all
      case .some(let quote) where quote == "'" || quote == "\"":
        place += 1
        var name = String.UnicodeScalarView()
        while let scalar = next, scalar != quote {
          if scalar == "\\" {
            place += 1
            guard let escaped = next, escaped == quote || escaped == "\\" else { throw fault("unknown escape") }
            name.append(escaped)
          } else {
            name.append(scalar)
          }
          place += 1
        }
        guard next == quote else { throw fault("the quote is not closed") }
        place += 1
        step = .member(String(name))
      default:
        var digits = ""
        while let scalar = next, scalar == "-" || ("0"..."9").contains(scalar) {
          digits.unicodeScalars.append(scalar)
          place += 1
        }
        guard let index = Int(digits) else { throw fault("expected a number, a quoted name or *") }
        step = .element(index)
      }
      guard next == "]" else { throw fault("expected ]") }
      place += 1
      return step
    }
  }
}
