// Answers to what people ask first: a loss as a double, a member of a class, pointers, points, parameters, real-time loops, images.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

// [readme loss]
td::array loss(const td::array& w, const td::array& x, const td::array& y) {
  const td::array residual = td::matmul(x, w) - y;
  return td::mean(residual * residual);  // rank 0: one number
}
// [readme loss]

void a_loss_as_a_double() {
  const Eigen::VectorXd w = Eigen::VectorXd::LinSpaced(3, 0, 1), y = Eigen::VectorXd::Ones(4);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Identity(4, 3);
  // [readme loss-call]
  const auto f = td::trace_graph(loss);
  const double now = f.call_as<double>(w, x, y);  // the result is a number
  double again;
  f.into(again, w, x, y);  // or goes into one
  // [readme loss-call]
  std::cout << "loss: " << now << ", " << again << "\n";
}

// [readme member]
class filter {
 public:
  explicit filter(double gain) : gain_(gain) {}
  void apply(std::vector<float>& samples) const { smooth_.into(samples, samples, gain_); }  // into what it reads: safe

 private:
  double gain_;
  td::traced<td::array(const td::array&, const td::array&)> smooth_ = [](const td::array& x, const td::array& gain) {
    return gain * (x + td::roll(x, 1)) / 2;
  };
};
// [readme member]

void a_member_of_a_class() {
  std::vector<float> samples{1, 3, 5, 7};
  filter(0.5).apply(samples);
  std::cout << "filtered: " << td::view(samples) << "\n";
}

void a_pointer_and_a_shape() {
  float pixels[2 * 3] = {0, 1, 2, 3, 4, 5}, out[2 * 3];
  const float* data = pixels;
  const std::int64_t h = 2, w = 3;
  // [readme pointer]
  const auto f = td::trace_graph([](const td::array& image) { return image - td::mean(image, {.axis = 0}); });
  f.into(td::view(out, {h, w}), td::view(data, {h, w}));  // no copy on either side
  // [readme pointer]
  std::cout << "less the mean of each column: " << td::view(out) << "\n";
}

void points() {
  // [readme points]
  const std::vector<Eigen::Vector3d> points{{0, 0, 0}, {3, 4, 0}, {1, 2, 2}};
  const auto lengths = td::trace_graph([](const td::array& p) { return td::sqrt(td::sum(p * p, {.axis = 1})); });  // p is (n, 3)
  const std::vector<double> l = lengths.call_as<std::vector<double>>(points);
  const auto centred = td::trace_graph([](const td::array& p) { return p - td::mean(p, {.axis = 0}); });
  const std::vector<Eigen::Vector3d> c = centred(points);  // points in, points out
  // [readme points]
  std::cout << "lengths: " << td::view(l) << "\ncentred: " << c[1].transpose() << "\n";
}

// [readme real-time]
struct control_loop {
  std::array<double, 2> state{1, 0};
  td::traced<td::array(const td::array&, const td::array&)> step = [](const td::array& s, const td::array& u) { return 0.9 * s + 0.1 * u; };
  // Once, by the thread that will run the loop: traces, compiles, and takes the memory that this thread needs.
  void prepare() { step.prepare(state, state); }
  // Then no call takes a lock or allocates.
  void tick(const std::array<double, 2>& input) { step.into(state, state, input); }
};
// [readme real-time]

void a_prepared_loop() {
  control_loop loop;
  loop.prepare();
  for (int i = 0; i < 3; ++i) loop.tick({1, 1});
  std::cout << "state: " << td::view(loop.state) << ", recorded " << loop.step.stats().traces << " time\n";
}

void a_parameter_that_changes() {
  const std::vector<float> x{1, 2, 3};
  // [readme parameter]
  const auto scaled = td::trace_graph([](const td::array& x, const td::array& rate) { return rate * x; });
  std::vector<float> y;
  for (double rate : {0.1, 0.2, 0.3}) y = scaled(x, rate);  // `const td::array&`: one graph for all values; float32 stays float32
  const auto powers = td::trace_graph([](const td::array& x, int n) {  // `int`: the C++ code needs the value, so each value has a graph
    td::array p = x;
    for (int i = 1; i < n; ++i) p = p * x;
    return p;
  });
  const std::vector<float> z = powers(x, 3);
  // [readme parameter]
  std::cout << "scaled: " << td::view(y) << ", " << scaled.stats().traces << " graph; cubed: " << td::view(z) << "\n";
}

// [readme op]
std::vector<td::array> polar_rule(std::span<const td::array> in, const td::attributes&) {
  return {td::hypot(in[0], in[1]), td::atan2(in[1], in[0])};
}
std::vector<td::type> polar_type(const td::type_request& request) { return {request.inputs[0], request.inputs[0]}; }
const td::op_record& polar_op = td::register_op({
    .name = "polar",
    .inputs = {{.name = "x"}, {.name = "y"}},
    .infer = polar_type,
    .decompose = polar_rule,
    .doc = "the length and the angle of (x, y)",
});
std::pair<td::array, td::array> polar(const td::array& x, const td::array& y,
                                      std::source_location where = std::source_location::current()) {
  const std::vector<td::array> r = td::apply(polar_op, std::vector<td::operand>{{x, where}, {y, where}});
  return {r[0], r[1]};
}
// [readme op]

void an_op_with_two_results() {
  const auto f = td::trace_graph([](const td::array& x, const td::array& y) { return polar(x, y); });
  const std::vector<double> x{3, 0}, y{4, 2};
  const auto [length, angle] = f(x, y);
  std::cout << "length: " << td::view(length) << ", angle: " << td::view(angle) << "\n";
}

void an_image_with_channels_last() {
  std::vector<float> image(2 * 2 * 3);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i) / 12;
  // [readme image]
  const auto gray = td::trace_graph([](const td::array& rgb) {  // (h, w, 3)
    const td::array weights = td::astype(td::array({0.299, 0.587, 0.114}), rgb.dtype());
    return td::sum(rgb * weights, {.axis = -1});
  });
  std::vector<float> out(2 * 2);
  gray.into(td::view(out.data(), {2, 2}), td::view(image.data(), {2, 2, 3}));
  // [readme image]
  std::cout << "gray: " << td::view(out) << "\n";
}

int main() {
  a_loss_as_a_double();
  a_member_of_a_class();
  a_pointer_and_a_shape();
  points();
  a_prepared_loop();
  a_parameter_that_changes();
  an_op_with_two_results();
  an_image_with_channels_last();
}
