from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.generic import CreateView, ListView

from .forms import SignUpForm


class SignUp(CreateView):
    form_class = SignUpForm
    template_name = "accounts/signup.html"
    success_url = reverse_lazy("posts:list")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            return redirect("accounts:home")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        login(self.request, self.object)
        messages.success(self.request, f"Welcome aboard, {self.object.get_username()}.")
        return response


class Home(LoginRequiredMixin, ListView):
    """A person's own page: everything they wrote, drafts first."""

    template_name = "accounts/home.html"
    context_object_name = "posts"

    def get_queryset(self):
        posts = self.request.user.posts.select_related("author")
        return sorted(posts, key=lambda post: post.published_at is not None)


class ChangePassword(SuccessMessageMixin, PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:home")
    success_message = "Your password is changed."
