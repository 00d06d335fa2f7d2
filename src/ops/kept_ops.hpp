// Ops that saved files hold beside those of the table: what reads a file asks for them.
#pragma once

namespace tendril::detail {

/// Registers the ops of frontends that have a kernel of their own, and so stand in a saved graph as they are. frontends/kept.cpp answers.
void register_kept_ops();

}  // namespace tendril::detail
