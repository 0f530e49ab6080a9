/// Which parts of a JSON document are kept while it streams by.
indirect enum JSONShape: Sendable {
  case skip
  case all
  /// Only members of these names, at most 64 of them.
  case object([String: JSONShape])
  /// Only the first elements, at most so many.
  case array(JSONShape, atMost: Int)
  /// An object whose members have names that nobody knows beforehand, paths for example: every value is of this shape.
  case map(JSONShape)
  /// The one shape where an object stands and the other where a list does: tools that write one thing or a list of them.
  case either(object: JSONShape, array: JSONShape)
  /// Handed over as soon as it is complete, and then forgotten; the list around it stays empty. Out of a ``map(_:)`` it
  /// comes as an object of one member, so that its name comes with it.
  case emit(String, JSONShape)
}

/// A shape laid out flat, so that finding a name in it costs little.
final class JSONPlan {
  enum Kind { case skip, all, object, array, map, either }

  struct Node {
    var kind: Kind
    /// What the value is handed over as; `nil` when it is kept.
    var emission: String?
    /// Of the elements of a list and the members of a map; of two kinds of value, the one for an object.
    var element = 0
    /// Of two kinds of value, the one for a list.
    var list = 0
    var atMost = Int.max
    /// Where its names are.
    var names: Range<Int> = 0..<0
  }

  struct Name {
    var text: String
    var bytes: Range<Int>
    var node: Int
  }

  /// The first is of what is skipped, the second of what is kept whole, the third of the document. At a place of their
  /// own, since they are looked up for every token.
  let nodes: UnsafeMutablePointer<Node>
  let names: UnsafeMutablePointer<Name>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let layout: Layout

  static let skip = 0
  static let all = 1
  static let root = 2

  init(_ shape: JSONShape) {
    layout = Layout(shape)
    nodes = .allocate(capacity: layout.nodes.count)
    nodes.initialize(from: layout.nodes, count: layout.nodes.count)
    names = .allocate(capacity: layout.names.count)
    names.initialize(from: layout.names, count: layout.names.count)
    bytes = .allocate(capacity: layout.bytes.count)
    bytes.initialize(from: layout.bytes, count: layout.bytes.count)
  }

  deinit {
    nodes.deinitialize(count: layout.nodes.count)
    nodes.deallocate()
    names.deinitialize(count: layout.names.count)
    names.deallocate()
    bytes.deallocate()
  }

  /// The place in ``names`` of a name that an object of this plan wants; `nil` when it is not wanted.
  func find(_ name: UnsafeRawBufferPointer, in node: Int) -> Int? {
    for index in nodes[node].names {
      let wanted = names[index].bytes
      guard wanted.count == name.count else { continue }
      var place = 0
      while place < name.count, bytes[wanted.lowerBound + place] == name[place] { place += 1 }
      if place == name.count { return index }
    }
    return nil
  }

  private struct Layout {
    var nodes = [Node(kind: .skip), Node(kind: .all)]
    var names: [Name] = []
    var bytes: [UInt8] = []

    init(_ shape: JSONShape) {
      // Even a document that is skipped or kept whole has a node of its own at the third place.
      nodes.append(Node(kind: .skip))
      fill(JSONPlan.root, shape)
    }

    private mutating func add(_ shape: JSONShape) -> Int {
      switch shape {
      case .skip: return JSONPlan.skip
      case .all: return JSONPlan.all
      default:
        nodes.append(Node(kind: .skip))
        let place = nodes.count - 1
        fill(place, shape)
        return place
      }
    }

    private mutating func fill(_ place: Int, _ shape: JSONShape) {
      switch shape {
      case .skip: nodes[place].kind = .skip
      case .all: nodes[place].kind = .all
      case .array(let element, let atMost):
        nodes[place].kind = .array
        nodes[place].atMost = atMost
        nodes[place].element = add(element)
      case .map(let element):
        nodes[place].kind = .map
        nodes[place].element = add(element)
      case .either(let object, let array):
        nodes[place].kind = .either
        nodes[place].element = add(object)
        nodes[place].list = add(array)
      case .object(let members):
        nodes[place].kind = .object
        assert(members.count <= 64)
        // Children first, so that the names of one object stand together.
        let children = members.sorted { $0.key < $1.key }.map { (text: $0.key, node: add($0.value)) }
        let first = names.count
        for child in children {
          let start = bytes.count
          bytes.append(contentsOf: child.text.utf8)
          names.append(Name(text: child.text, bytes: start..<bytes.count, node: child.node))
        }
        nodes[place].names = first..<names.count
      case .emit(let name, let inner):
        fill(place, inner)
        nodes[place].emission = name
      }
    }
  }
}
