// Prints docs/api.md from the comments of the public headers: `generate_api_md INCLUDE_DIRECTORY > docs/api.md`.
//
// Reads what the headers keep to: `///` before a declaration or `///<` behind it documents it, names of `detail` are not for users, a
// header opens with a sentence. Preprocessor lines are passed over, and so is what stands in the body of a function.
#include <cctype>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

const char* const headers[] = {"array.hpp",
                               "natives.hpp",
                               "ops.hpp",
                               "linalg.hpp",
                               "trace.hpp",
                               "trace_options.hpp",
                               "transforms.hpp",
                               "transpile.hpp",
                               "target.hpp",
                               "source.hpp",
                               "save.hpp",
                               "draw.hpp",
                               "backend.hpp",
                               "memory.hpp",
                               "profile.hpp",
                               "graph.hpp",
                               "passes.hpp",
                               "type.hpp",
                               "error.hpp",
                               "detail/array_traits.hpp",
                               "eigen.hpp",
                               "xtensor.hpp",
                               "fmt.hpp",
                               "version.hpp",
                               "frontends/torch.hpp",
                               "frontends/numpy.hpp",
                               "frontends/jax.hpp",
                               "frontends/tensorflow.hpp",
                               "frontends/keywords.hpp",
                               "frontends/numpy_words.def",
                               "frontends/numpy_methods.def",
                               "frontends/xtensor.hpp"};

struct scope {
  enum class kind { space, type, other } what;
  bool shown;        ///< its members may be
  bool members;      ///< of a type
  bool open = true;  ///< under `public:`
};

std::string squeezed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::isspace(static_cast<unsigned char>(c))) c = ' ';
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool starts(std::string_view s, std::string_view with) { return s.substr(0, with.size()) == with; }

/// A declaration as users read it: without the source line that a call adds by itself, initialisers and specifiers of the linker.
std::string shown(const std::string& declaration) {
  static const std::regex where(R"(,? ?std::source_location( where)? = std::source_location::current\(\))"),
      initialised(R"(\) ?(noexcept )?: [a-z_]+_?[({].*$)"), noise(R"(\[\[[a-z:_]+\]\] |TENDRIL_API |inline (?=constexpr))");
  std::string s = std::regex_replace(squeezed(declaration), where, "");
  s = std::regex_replace(s, initialised, ")");
  return std::regex_replace(s, noise, "");
}

class reader {
 public:
  explicit reader(std::string text) : text_(std::move(text)) {}

  void print() {
    opening();
    scopes_.push_back({scope::kind::space, true, false});
    while (at_ < text_.size()) step();
    flush();
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
  std::vector<scope> scopes_;
  std::string doc_, declaration_;
  std::vector<std::string> members_;

  std::string_view rest() const { return std::string_view(text_).substr(at_); }
  std::string line() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string s = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return s;
  }

  // What the header says of itself.
  void opening() {
    bool first = true;
    while (starts(rest(), "//")) {
      std::string s = line().substr(2);
      if (starts(s, " ")) s.erase(0, 1);
      if (s.empty()) first = false;
      if (first) std::cout << s << '\n';
    }
  }

  bool visible() const {
    for (const scope& s : scopes_)
      if (!s.shown || !s.open) return false;
    return true;
  }

  void step() {
    const char c = text_[at_];
    if (starts(rest(), "///")) return comment();
    if (starts(rest(), "//")) return void(line());
    if (c == '#') return preprocessor();
    if (c == '\'' || c == '"') return quoted(c);
    if (c == '{') return brace();
    if (c == '}') return close();
    if (c == ';') {
      ++at_;
      return declared();
    }
    if (c == ':' && scopes_.back().what == scope::kind::type) {
      const std::string label = squeezed(declaration_);
      if (label == "public" || label == "private" || label == "protected") {
        scopes_.back().open = label == "public";
        declaration_.clear();
      }
      if (label == "public" || label == "private" || label == "protected") return void(++at_);
    }
    declaration_ += c;
    ++at_;
  }

  void comment() {
    std::string s = line();
    const bool behind = starts(s, "///<");
    s.erase(0, behind ? 4 : 3);
    if (behind) {  // of the declaration that ended on this line
      if (!pending_.empty()) emit(std::exchange(pending_, {}), squeezed(s) + '\n');
      return;
    }
    emit_pending();
    if (starts(s, " ")) s.erase(0, 1);
    doc_ += s + '\n';
  }
  std::string pending_;

  void preprocessor() {
    std::string s = line();
    while (!s.empty() && s.back() == '\\') s = line();
    doc_.clear();
  }

  void quoted(char quote) {
    declaration_ += text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') declaration_ += text_[at_++];
      declaration_ += text_[at_++];
    }
    declaration_ += text_[at_++];
  }

  void skip_braces(bool keep) {
    int depth = 0;
    do {
      const char c = text_[at_++];
      depth += (c == '{') - (c == '}');
      if (keep) declaration_ += c;
      if (!keep && c == '/' && text_[at_] == '/') line();
    } while (depth && at_ < text_.size());
  }

  void brace() {
    std::string head = squeezed(declaration_);
    static const std::regex of_type(R"(^(template ?<.*> ?)?(requires .* )?(class|struct|enum( class)?|union) [A-Za-z_].*)");
    const char before = head.empty() ? ' ' : head.back();
    int open = 0;
    for (char c : head) open += (c == '(') - (c == ')');
    if (before == '=' || open > 0 || before == '(') return skip_braces(true);
    if (starts(head, "namespace") || starts(head, "inline namespace") || starts(head, "extern")) {
      scopes_.push_back({scope::kind::space, head.find("detail") == std::string::npos && head != "namespace", false});
      declaration_.clear(), doc_.clear();
      return void(++at_);
    }
    if (std::regex_match(head, of_type) && head.find('(') == std::string::npos) {
      flush();
      emit_type(head);
      scopes_.push_back({scope::kind::type, visible_type_, true, starts_open(head)});
      declaration_.clear(), doc_.clear();
      return void(++at_);
    }
    static const std::regex initialiser(R"(^[^(]*[A-Za-z0-9_>]$|\) ?(noexcept )?: .*[a-z_]$)");  // `int n{0};`, `f() : n{0} {}`
    if (std::regex_search(head, initialiser)) return skip_braces(true);
    skip_braces(false);
    declared();
  }
  bool visible_type_ = false;

  static bool starts_open(const std::string& head) {
    static const std::regex closed(R"((^|> ?)class )");
    return !std::regex_search(head, closed) || starts(head, "enum");
  }

  void close() {
    emit_pending();
    if (scopes_.size() > 1) {
      if (scopes_.back().what == scope::kind::type) {
        if (!squeezed(declaration_).empty()) declared();
        flush();
      }
      scopes_.pop_back();
    }
    declaration_.clear(), doc_.clear();
    ++at_;
  }

  // Its comment may stand behind it.
  void declared() {
    emit_pending();
    const std::string declaration = visible() && is_name(squeezed(declaration_)) ? shown(declaration_) : "";
    if (!doc_.empty() && !declaration.empty()) emit(declaration, doc_);
    else pending_ = declaration;
    declaration_.clear(), doc_.clear();
  }
  void emit_pending() {
    if (!pending_.empty()) emit(std::exchange(pending_, {}), "");
  }

  // What users write, as against how it is made: no copies and moves, no specialisations.
  static bool is_name(const std::string& declaration) {
    static const std::regex made(
        R"(^(friend (struct|class)|using |static_assert|~|(struct|class) [a-z_]+$|template <[^;]*> (friend )?(struct|class) [a-z_]+$))"
        R"(|operator=\(|struct array_traits|detail::(ref<|args_token)|-> |= delete|= default|^[A-Z_]+\()");
    static const std::regex copy(R"(^([a-z_]+)\((const )?\1 ?&)");
    return !declaration.empty() && !std::regex_search(declaration, made) && !std::regex_search(declaration, copy);
  }

  void emit_type(const std::string& head) {
    visible_type_ = visible() && head.find("struct array_traits<") == std::string::npos;
    if (visible_type_) std::cout << "\n#### `" << shown(head) << "`\n" << (doc_.empty() ? "" : "\n") << doc_;
  }

  void emit(const std::string& declaration, const std::string& doc) {
    if (scopes_.back().what == scope::kind::type) members_.push_back("- `" + declaration + '`' + (doc.empty() ? "" : ": " + squeezed(doc)));
    else std::cout << "\n`" << declaration << "`\n" << (doc.empty() ? "" : "\n") << doc;
  }

  void flush() {
    emit_pending();
    if (!members_.empty()) std::cout << '\n';
    for (const std::string& m : members_) std::cout << m << '\n';
    members_.clear();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: generate_api_md INCLUDE_DIRECTORY\n", 2;
  std::cout
      << "# The public names\n\n"
         "Made of the comments of the headers by `generate_api_md`. `td` is `namespace td = tendril`. The ops have a page of their own,\n"
         "[ops.md](ops.md), and so have the [errors](errors.md); [the cookbook](cookbook.md) shows how the parts go together.\n";
  for (const char* name : headers) {
    std::ifstream in(std::string(argv[1]) + "/tendril/" + name);
    if (!in) return std::cerr << "[generate_api_md] no header tendril/" << name << " in " << argv[1] << ".\n", 1;
    std::ostringstream text;
    text << in.rdbuf();
    std::cout << "\n## tendril/" << name << "\n\n";
    reader(text.str()).print();
  }
}
