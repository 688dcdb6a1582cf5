from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm, UserCreationForm


class SignUpForm(UserCreationForm):
    class Meta(BaseUserCreationForm.Meta):
        model = get_user_model()
        fields = ["username", "email"]
