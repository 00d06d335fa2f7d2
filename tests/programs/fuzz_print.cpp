// Prints the program of one random case: of seed 1 with every op of the table, which the tests then compile and run.
#include <iostream>

#include "fuzz.hpp"

int main(int argc, char** argv) {
  const bool every_op = argc < 2;
  fuzz::td::set_warning_handler([](std::string_view) {});
  const fuzz::random_case c = fuzz::generate(every_op ? 1 : static_cast<unsigned>(std::stoul(argv[1])), every_op);
  std::cout << fuzz::program(c, fuzz::checks_of(c).front());
}
